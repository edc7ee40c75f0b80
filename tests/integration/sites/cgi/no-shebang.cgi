echo "Content-Type: text/plain"
echo
