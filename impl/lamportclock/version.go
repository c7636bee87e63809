package lamportclock

import (
	"cmp"
	"strings"

	"github.com/lockstep-tla/lockstep/trace"
)

// Version is one version of a value. The zero Version stands for a key that has
// none.
type Version struct {
	Stamp uint64 `json:"stamp"` // 1 or more, if there is a version
	Node  string `json:"node"`  // the server that gave the stamp
	Value string `json:"value"`
}

// Nothing is how a trace shows that a key has no version.
const Nothing = "nothing"

// Compare orders versions: by stamp, and by node where the stamps are equal. It
// is negative if v is older than w. If v may have led to w, then v is older. The
// other way round nothing follows: the writer of a newer version need not have known
// of an older one.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Stamp, w.Stamp), strings.Compare(v.Node, w.Node))
}

// View implements trace.Viewer.
func (v Version) View(o *trace.Object) {
	if v.Stamp == 0 {
		v.Node, v.Value = "none", Nothing
	}
	o.Count("stamp", v.Stamp)
	o.String("node", v.Node)
	o.String("value", v.Value)
}
