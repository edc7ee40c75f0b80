<?php
new No\Such\Thing();
