<?php
require __DIR__ . '/not-uploaded.inc.php';
