<?php
ini_set('log_errors', '0');
throw new RuntimeException('nobody hears it');
