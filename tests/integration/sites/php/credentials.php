<?php
throw new PDOException("SQLSTATE[HY000] [1045] Access denied for user 'shop'@'localhost' (using password: YES)");
