package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStoresHoldWhatIsWritten keeps the comparison fair: each returns the value that was
// written last, and refuses a key that has none.
func TestStoresHoldWhatIsWritten(t *testing.T) {
	for _, s := range subjects {
		t.Run(s.name, func(t *testing.T) {
			st, err := s.open()
			require.NoError(t, err)
			for _, value := range []string{"one", "two", "three"} {
				require.NoError(t, st.put("a", value))
				require.NoError(t, st.put("b", "other"))
				found, err := st.get("a")
				require.NoError(t, err)
				require.Equal(t, value, found)
				require.NoError(t, st.compact())
			}
			found, err := st.get("a")
			require.NoError(t, err)
			require.Equal(t, "three", found)
			_, err = st.get("c")
			require.Error(t, err)
			require.NoError(t, st.close())
		})
	}
}

// TestRun makes a whole table of short turns.
func TestRun(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{"-rounds", "2", "-time", "2ms"}, &out))
	require.Equal(t, 3+len(loads)*2*len(subjects), strings.Count(out.String(), "\n"), out.String())
	require.Error(t, run(t.Context(), []string{"-rounds", "0"}, &out))
}
