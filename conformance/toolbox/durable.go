package toolbox

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// Load reads what Save has kept last in the folder. It leaves the value as it is where
// nothing was saved.
func Load(folder string, into any) error {
	data, err := os.ReadFile(filepath.Join(folder, stateFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return errors.Join(err, json.Unmarshal(data, into))
}

// Save keeps a value as JSON, all of it or none. It is durable when Save returns.
func Save(folder string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	next, err := os.Create(filepath.Join(folder, stateFile+".next"))
	if err != nil {
		return err
	}
	_, err = next.Write(data)
	if err = errors.Join(err, next.Sync(), next.Close()); err != nil {
		return err
	}
	if err := os.Rename(next.Name(), filepath.Join(folder, stateFile)); err != nil {
		return err
	}
	return disk.OS{}.SyncDir(folder)
}

const stateFile = "state.json"
