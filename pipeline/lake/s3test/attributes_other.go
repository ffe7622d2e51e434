//go:build !linux

package s3test

// supportsAttributes says no where it was not tried: the server then keeps a folder beside its own.
func supportsAttributes(string) bool { return false }
