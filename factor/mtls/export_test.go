package mtls

// Strong is strong.
var Strong = strong
