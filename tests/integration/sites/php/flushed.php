<?php
header('Content-Type: text/plain');
echo "first part\n";
ob_flush();
flush();
throw new RuntimeException('after the flush');
