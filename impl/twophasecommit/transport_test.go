package twophasecommit

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// A node that is away takes up the room for its own messages only, until the transport is
// closed.
func TestMessagesToAnAbsentNodeAreBounded(t *testing.T) {
	p, err := openTransport("c", "", ssc.Options{}, time.Hour, func(context.Context, Message) error { return nil })
	require.NoError(t, err)
	to := func(name string) Message {
		return Message{Type: TypeInquiry, From: "c", To: name, Transaction: Ref{Number: 1}}
	}
	for range mostUnderWay {
		require.NoError(t, p.put(to("away")))
	}
	require.ErrorIs(t, p.put(to("away")), errFull)
	require.NoError(t, p.put(to("another")))
	require.NoError(t, p.close())
	require.Empty(t, p.underWay["away"], "all have ended")
	require.ErrorIs(t, p.put(to("away")), ErrClosed)
}

// A message that has not been taken in time makes room again.
func TestLateMessagesAreDropped(t *testing.T) {
	p, err := openTransport("c", "", ssc.Options{}, time.Millisecond, func(context.Context, Message) error { return nil })
	require.NoError(t, err)
	require.NoError(t, p.put(Message{Type: TypeInquiry, From: "c", To: "away", Transaction: Ref{Number: 1}}))
	p.working.Wait()
	require.Empty(t, p.underWay["away"])
	require.NoError(t, p.close())
}
