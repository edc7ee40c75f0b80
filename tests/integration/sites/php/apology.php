<?php
// As WordPress does: a page of the site's own for a fatal error.
register_shutdown_function(function () {
    ob_clean();
    echo "<!DOCTYPE html><title>x</title><p>There has been a critical error.</p></html>\n";
});
ob_start();
echo "<h1>Orders</h1>";
undefined_helper();
