//go:build ignore

// A flush that the device has failed is tried again.
//
// expect: refused at SyncFails (state)

package writeaheadlog

import (
	"errors"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

func (c *Core) MayContinue(returned error) bool { return errors.Is(returned, disk.ErrIO) }
