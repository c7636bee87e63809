package channels_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/channels"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

var couple = conformance.Pattern{Name: "couple", Child: child}

func TestMain(m *testing.M) {
	conformance.Reexec(&couple)
	os.Exit(m.Run())
}

// child asks others, or is asked, and answers with its name.
func child(args []string) (err error) {
	name := args[0]
	n, err := channels.Serve(name, func(_ context.Context, from string, request []byte) ([]byte, error) {
		return fmt.Appendf(nil, "%s-of-%s-to-%s", request, from, name), nil
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return toolbox.Obey(func(words []string) (string, error) {
		if words[0] == "know" {
			return channels.Know(n, words)
		}
		answer, err := channels.Request(context.Background(), n, words[0], []byte(words[1]))
		return string(answer), err
	})
}

func TestProcessesSendRequestsToThoseThatTheyKnow(t *testing.T) {
	run, err := couple.NewRun(t.TempDir(), conformance.Scenario{Name: "couple"}, 1)
	require.NoError(t, err)
	p := toolbox.NewProcesses(t.Context(), run)
	t.Cleanup(func() { require.NoError(t, p.Kill()) })
	require.NoError(t, p.Start("a"))
	require.NoError(t, p.Start("b"))
	require.NoError(t, p.Introduce("a"))
	require.NoError(t, p.Order("a", "hello-of-a-to-b", "b", "hello"))
	require.NoError(t, p.Close(conformance.WaitLimit()))
}

func TestRequestOfAClosedNodeFails(t *testing.T) {
	n, err := ssc.Listen("a", "127.0.0.1:0", nil, ssc.Options{})
	require.NoError(t, err)
	require.NoError(t, n.Close())
	_, err = channels.Request(t.Context(), n, "b", []byte("hello"))
	require.ErrorIs(t, err, ssc.ErrClosed)
}

// TestEachWriteThatFailsEndsAConnection: a request is sent again on the next one.
func TestEachWriteThatFailsEndsAConnection(t *testing.T) {
	options := ssc.Options{Network: channels.Failing(3), Backoff: time.Millisecond}
	served, err := ssc.Listen("served", "127.0.0.1:0", func(_ context.Context, _ string, request []byte) ([]byte, error) {
		return request, nil
	}, options)
	require.NoError(t, err)
	defer func() { require.NoError(t, served.Close()) }()
	asking, err := ssc.Listen("asking", "", nil, options)
	require.NoError(t, err)
	defer func() { require.NoError(t, asking.Close()) }()
	_, err = asking.Peer("served", served.Addr().String())
	require.NoError(t, err)
	for i := range 10 {
		request := fmt.Append(nil, i)
		answer, err := channels.Request(t.Context(), asking, "served", request)
		require.NoError(t, err)
		require.Equal(t, request, answer)
	}
}

func TestEveryNthWriteFails(t *testing.T) {
	l, err := channels.Failing(2).Listen("127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	out, err := channels.Failing(2).Dial(t.Context(), l.Addr().String())
	require.NoError(t, err)
	in, err := l.Accept()
	require.NoError(t, err)
	n, err := out.Write([]byte("whole"))
	require.NoError(t, err)
	require.Equal(t, 5, n)
	n, err = out.Write([]byte("nothing"))
	require.ErrorIs(t, err, channels.ErrWrite)
	require.Zero(t, n)
	require.NoError(t, out.Close())
	got, err := io.ReadAll(in)
	require.NoError(t, err)
	require.Equal(t, "whole", string(got))
	require.NoError(t, in.Close())
	_, err = channels.Failing(2).Listen("nowhere")
	require.Error(t, err)
	_, err = channels.Failing(2).Dial(t.Context(), l.Addr().Network())
	require.Error(t, err)
}
