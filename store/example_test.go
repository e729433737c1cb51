package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/store"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	key, err := store.ParseKey("vKxT0o5pJ5mZ0m0r1C8yJw7l3m7J8o4G0m3n9Zy3b1E=") // made with openssl rand -base64 32
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{URL: "sqlite:" + filepath.Join(dir, "postern.db"), Key: key})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()

	crm := connection.Key{Connection: "crm"}
	if err := s.Put(ctx, crm, &connection.Record{State: connection.StateReady, Secret: []byte("token")}); err != nil {
		fmt.Println(err)
		return
	}
	record, err := s.Load(ctx, crm)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(record.Generation, record.State, string(record.Secret))
	// Output: 1 ready token
}
