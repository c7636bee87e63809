package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/hashicorp/go-memdb"

	"github.com/lockstep-tla/lockstep/impl/versionedvalue"
)

// store is what is measured. Its functions may be called by any number of goroutines, except
// compact and close.
type store struct {
	put     func(key, value string) error
	get     func(key string) (string, error)
	compact func() error // gives up all versions but the newest
	close   func() error
}

// subjects take turns in this order; the others are compared with the first.
var subjects = []struct {
	name string
	open func() (store, error)
}{
	{"versioned value", openVersioned},
	{"map with a lock", openMap},
	{"go-memdb", openMemDB},
	{"badger", openBadger},
}

func nothing() error { return nil }

func openVersioned() (store, error) {
	s, err := versionedvalue.Open(versionedvalue.Options{})
	if err != nil {
		return store{}, err
	}
	return store{
		put: func(key, value string) error {
			_, err := s.Put(context.Background(), key, value)
			return err
		},
		get: func(key string) (string, error) {
			n := s.Snapshot()
			defer n.Close()
			e, err := n.Get(key)
			return e.Value, err
		},
		compact: func() error {
			_, newest := s.Versions()
			s.Compact(newest)
			return nil
		},
		close: nothing,
	}, nil
}

func openMap() (store, error) {
	var mu sync.RWMutex
	values := make(map[string]string)
	return store{
		put: func(key, value string) error {
			mu.Lock()
			defer mu.Unlock()
			values[key] = value
			return nil
		},
		get: func(key string) (string, error) {
			mu.RLock()
			defer mu.RUnlock()
			v, ok := values[key]
			if !ok {
				return "", fmt.Errorf("%s: no value", key)
			}
			return v, nil
		},
		compact: nothing,
		close:   nothing,
	}, nil
}

type pair struct{ Key, Value string }

func openMemDB() (store, error) {
	db, err := memdb.NewMemDB(&memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		"pairs": {Name: "pairs", Indexes: map[string]*memdb.IndexSchema{
			"id": {Name: "id", Unique: true, Indexer: &memdb.StringFieldIndex{Field: "Key"}},
		}},
	}})
	if err != nil {
		return store{}, err
	}
	return store{
		put: func(key, value string) error {
			tx := db.Txn(true)
			defer tx.Abort()
			if err := tx.Insert("pairs", &pair{key, value}); err != nil {
				return err
			}
			tx.Commit()
			return nil
		},
		get: func(key string) (string, error) {
			tx := db.Txn(false)
			defer tx.Abort()
			found, err := tx.First("pairs", "id", key)
			if err != nil {
				return "", err
			}
			p, ok := found.(*pair)
			if !ok {
				return "", fmt.Errorf("%s: no value", key)
			}
			return p.Value, nil
		},
		compact: nothing, // the garbage collector's work
		close:   nothing,
	}, nil
}

func openBadger() (store, error) {
	db, err := badger.Open(badger.DefaultOptions("").WithInMemory(true).WithLogger(nil).WithNumVersionsToKeep(1))
	if err != nil {
		return store{}, err
	}
	return store{
		put: func(key, value string) error {
			return db.Update(func(tx *badger.Txn) error { return tx.Set([]byte(key), []byte(value)) })
		},
		get: func(key string) (value string, err error) {
			return value, db.View(func(tx *badger.Txn) error {
				item, err := tx.Get([]byte(key))
				if err != nil {
					return err
				}
				return item.Value(func(v []byte) error {
					value = string(v)
					return nil
				})
			})
		},
		compact: nothing, // its own goroutines do that
		close:   db.Close,
	}, nil
}
