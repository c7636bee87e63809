package singlesocketchannel

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
)

func TestMain(m *testing.M) {
	conformance.Serve(&Pattern)
	os.Exit(m.Run())
}

func TestRecord(t *testing.T) {
	for _, s := range Pattern.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			p := Pattern
			p.Scenarios = []conformance.Scenario{s}
			_, err := p.Record(context.Background(), t.TempDir(), false)
			require.NoError(t, err)
		})
	}
}
