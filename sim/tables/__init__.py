"""Tables of users: read, checked, and put into objects of the lower floors."""
