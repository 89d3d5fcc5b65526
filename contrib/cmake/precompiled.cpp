// Empty: the target that it belongs to exists for its headers.
