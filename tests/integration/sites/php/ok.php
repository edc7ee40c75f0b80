<?php header('Content-Type: text/plain'); echo "healthy\n";
