<?php
function order($id)
{
    throw new DomainException("order $id has no lines");
}
order(17);
