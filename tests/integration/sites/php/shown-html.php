<?php
ini_set('log_errors', '0');
ini_set('display_errors', '1');
ini_set('html_errors', '1');
echo "<p>so far";
throw new RuntimeException('a < b & "c" in App\\Model');
