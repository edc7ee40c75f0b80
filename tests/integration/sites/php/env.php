<?php
error_log("first half");
throw new RuntimeException('second half');
