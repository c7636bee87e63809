package singlesocketchannel

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTraceTextsArePrintableAndDistinct has bodies that a careless encoding would
// confuse.
func TestTraceTextsArePrintableAndDistinct(t *testing.T) {
	seen := map[string]string{}
	for _, body := range []string{"", "t1", "\x00\x00", `\x00\x00`, "\xff", `\xff`, "\u00e9", `\u00e9`, "`", `\x60`, `"`, `\"`} {
		shown := text([]byte(body))
		for _, c := range []byte(shown) {
			require.True(t, c >= ' ' && c <= '~' && c != '`', "%q is shown as %q", body, shown)
		}
		other, twice := seen[shown]
		require.False(t, twice, "%q and %q are both shown as %q", body, other, shown)
		seen[shown] = body
	}
	require.Equal(t, "t1", text([]byte("t1")))
}
