package channels_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

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
