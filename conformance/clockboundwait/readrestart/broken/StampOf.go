//go:build ignore

// The stamp of a write is the end of the interval.
//
// expect: refused at Install (state), Install (guard)

package readrestart

import cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"

func StampOf(now cbw.Interval) uint64 { return now.Latest }
