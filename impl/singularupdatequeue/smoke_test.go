package singularupdatequeue

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/lockstep-tla/lockstep/trace"
	"github.com/stretchr/testify/require"
)

func TestSmoke(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, trace.Header{Spec: "SingularUpdateQueue"})
	show := func(s string) trace.Value { return s }
	q, err := New("0", func(t *Turn[string, string], v string) (string, error) {
		old := t.State
		t.State = v
		switch v {
		case "e":
			return "", errors.New("no")
		case "p":
			panic("x")
		case "a":
			return Await(t, func(context.Context) (int, error) { return 1, nil }, func(t *Turn[string, string], n int, err error) (string, error) {
				old := t.State
				t.State = "b"
				return old, nil
			})
		}
		return old, nil
	}, Options[string, string, string]{Trace: Tracing[string, string, string]{Recorder: rec, State: show, Request: show, Result: show}})
	require.NoError(t, err)
	for _, v := range []string{"1", "e", "p", "a", "2"} {
		r, err := q.Do(t.Context(), v)
		t.Log(v, r, err)
	}
	require.NoError(t, q.Stop(t.Context(), Drain))
	require.NoError(t, rec.Close())
	t.Log(out.String())
}
