<!doctype html><pre>
Fatal error: no such thing in /srv/x.php on line 3
<?= str_repeat('x', 20) ?>
</pre>
