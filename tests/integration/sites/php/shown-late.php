<?php
ini_set('log_errors', '0');
ini_set('display_errors', '1');
echo "<p>so far";
ob_flush();
flush();
throw new RuntimeException('after the flush');
