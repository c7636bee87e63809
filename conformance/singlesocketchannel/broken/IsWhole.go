//go:build ignore

// What one Read has returned is taken for all of it.
//
// expect: refused at ReceiveRequest (guard), ReceiveAgain (guard), ReceiveAnswer (guard), ReceiveBeat (guard)
package singlesocketchannel

func IsWhole(got, wanted int) bool { return got > 0 }
