<?php
header('Content-Type: text/plain');
echo str_repeat('x', 5000);
throw new RuntimeException('after the buffer');
