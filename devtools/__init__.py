"""What `./dev` is made of. Python standard library only: it runs before anything is installed."""
