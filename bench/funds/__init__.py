"""The funds: works, the set they run on, and the two apps beside them."""
