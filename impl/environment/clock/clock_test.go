package clock

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheSystemClockIsThatOfTheBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := System()
		start := c.Wall()
		time.Sleep(time.Hour) // costs nothing here
		require.Equal(t, time.Hour, c.Monotonic())
		require.Equal(t, time.Hour, c.Wall().Sub(start))
	})
}
