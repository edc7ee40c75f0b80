<h1>Orders</h1>
<ul><?php
undefined_helper();
