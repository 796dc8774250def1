"""What a person may ask for (Law 91/2025/QH15): to be erased once nothing obliges to keep them, and a copy of what is kept."""
