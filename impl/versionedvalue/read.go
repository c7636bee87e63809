package versionedvalue

// floor returns the newest entry of a key at or below a version.
func (c *Core) floor(key string, version uint64) (e Entry, ok bool) {
	c.data.Descend(Entry{Key: key, Version: version}, func(found Entry) bool {
		e, ok = found, IsOf(found, key)
		return false
	})
	return e, ok
}

// CurrentVersion is the version with which a conditional write of the key is compared; 0
// for a key without a value.
func (c *Core) CurrentVersion(key string) uint64 { return c.get(key, c.last).Version }

func (c *Core) get(key string, version uint64) Entry {
	e, ok := c.floor(key, version)
	if !ok || e.Deleted {
		return Entry{Key: key, Deleted: true}
	}
	return e
}

// Answer is what Read would return.
func (c *Core) Answer(version uint64, key string) Entry {
	return c.get(key, c.ReadVersion(version))
}

// Found is what Range would return.
func (c *Core) Found(version uint64, from, to string, limit int) (found []Entry) {
	version = c.ReadVersion(version)
	var newest Entry // of the key at which the scan is, at or below the version
	add := func() {
		if newest.Version > 0 && !newest.Deleted {
			found = append(found, newest)
		}
	}
	c.data.Ascend(firstOf(from), func(e Entry) bool {
		if newest.Key != e.Key {
			add()
			newest = Entry{Key: e.Key}
		}
		if len(found) == limit || !InRange(e.Key, from, to) {
			newest = Entry{}
			return false
		}
		if e.Version <= version {
			newest = e
		}
		return true
	})
	if len(found) < limit {
		add()
	}
	return found
}

// firstOf is where the scan of a range begins.
func firstOf(from string) Entry { return Entry{Key: from} }

// ChangesOf is what Changes would return.
func (c *Core) ChangesOf(key string, from, to uint64) (all []Entry) {
	c.data.Ascend(Entry{Key: key, Version: from + 1}, func(e Entry) bool {
		if !IsOf(e, key) || e.Version > to {
			return false
		}
		all = append(all, e)
		return true
	})
	return all
}

// IsGarbage says whether an entry can no longer be read at any version that is kept.
func (c *Core) IsGarbage(e Entry) bool {
	return c.IsCovered(e) || e.Deleted && e.Version <= c.compacted && c.MayDropTombstone(e)
}
