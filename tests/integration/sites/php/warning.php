<?php
header('Content-Type: text/plain');
trigger_error('only a warning', E_USER_WARNING);
echo "healthy\n";
