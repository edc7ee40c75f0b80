<?php
sleep(8);
