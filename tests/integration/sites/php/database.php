<?php
throw new PDOException('SQLSTATE[HY000] [2002] Connection refused');
