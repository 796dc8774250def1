"""What borrowers who are persons may ask for: to be erased once nothing obliges to keep them, and a copy of what is kept."""
