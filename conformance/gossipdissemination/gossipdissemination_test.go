package gossipdissemination

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Serve(&Pattern)
	os.Exit(m.Run())
}

// TestRecord records all scenarios. What is seeded must give the same trace each
// time; over UDP the order of things is the machine's.
func TestRecord(t *testing.T) {
	for _, s := range Pattern.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			p := Pattern
			p.Scenarios = []conformance.Scenario{s}
			paths, err := p.Record(context.Background(), t.TempDir(), false)
			require.NoError(t, err)
			require.Len(t, paths, s.Runs)
			if s.Name == "udp" {
				return
			}
			again, err := p.Record(context.Background(), t.TempDir(), false)
			require.NoError(t, err)
			for i := range paths {
				one, err := trace.ReadFile(paths[i])
				require.NoError(t, err)
				other, err := trace.ReadFile(again[i])
				require.NoError(t, err)
				require.NotEmpty(t, one.Events)
				require.Equal(t, one.Events, other.Events, "seed %d", i+1)
			}
		})
	}
}
