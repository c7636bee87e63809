//go:build ignore

// A read believes its clock.
//
// expect: refused at Ask (state)

package readrestart

import cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"

func LimitOf(now cbw.Interval) uint64 { return now.Earliest }
