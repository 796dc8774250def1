"""What trainees may ask for: to be erased, and a copy of what is kept of them."""
