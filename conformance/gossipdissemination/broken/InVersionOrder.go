//go:build ignore

// A truncated message takes the newest value instead of the oldest.
//
// expect: refused at Merge (guard), Lose (guard)

package gossipdissemination

func InVersionOrder(vals map[string]Value, since, upTo uint32) map[string]Value {
	var newest string
	for key, v := range vals {
		if newest == "" || v.Ver > vals[newest].Ver {
			newest = key
		}
	}
	v := vals[newest]
	v.Ver = min(v.Ver, upTo)
	if v.Ver <= since {
		return map[string]Value{}
	}
	return map[string]Value{newest: v}
}
