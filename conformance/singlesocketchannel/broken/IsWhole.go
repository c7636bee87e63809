//go:build ignore

// The bytes that one Read has returned are taken for the whole frame.
//
// expect: refused at ReceiveRequest (guard), ReceiveAgain (guard), ReceiveAnswer (guard), ReceiveHeartbeat (guard)
package singlesocketchannel

func IsWhole(got, wanted int) bool { return got > 0 }
