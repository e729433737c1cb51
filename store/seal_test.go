package store_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
)

// A secret opens only where it was stored, as it was stored.
func TestMovedSecretsDoNotOpen(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, change string }{
		{"rows swapped", `UPDATE postern_connection_records SET
			secret = (SELECT o.secret FROM postern_connection_records o
				WHERE o.connection <> postern_connection_records.connection AND o.account = postern_connection_records.account)
			WHERE account = ''`},
		{"accounts swapped", `UPDATE postern_connection_records SET
			secret = (SELECT o.secret FROM postern_connection_records o
				WHERE o.connection = postern_connection_records.connection AND o.account <> postern_connection_records.account)
			WHERE connection = 'crm'`},
		{"renamed", "UPDATE postern_connection_records SET connection = 'crm', account = 'x' WHERE connection = 'erp'"},
		{"from a definition", "UPDATE postern_connection_records SET secret = (SELECT secret FROM postern_connection_definitions)"},
		{"of another generation", "UPDATE postern_connection_records SET generation = generation + 1"},
		{"of no generation", "UPDATE postern_connection_records SET generation = 0"},
		{"cut off", "UPDATE postern_connection_records SET secret = substr(secret, 1, 20)"},
		{"empty", "UPDATE postern_connection_records SET secret = substr(secret, 1, 0)"},
		{"taken away", "UPDATE postern_connection_records SET secret = NULL, key_id = NULL"},
	}
	onEach(t, func(t dbTest) {
		s, db := open(t, t.url), raw(t, t.url)
		save(t, s, "crm", "{}", "s")
		keys := []connection.Key{crm(), {Connection: "crm", Account: "b"}, {Connection: "erp"}, {Connection: "crm", Account: "x"}}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				mustExec(t, db, "DELETE FROM postern_connection_records")
				for _, key := range keys[:3] {
					put(t, s, key, "token")
				}
				mustExec(t, db, tt.change)
				refused := 0
				for _, key := range keys {
					r, err := s.Load(t.Context(), key)
					if err != nil {
						refused++
						wantConfigError(t, err, key.Connection)
						wantConfigError(t, err, "cannot be decrypted")
					} else if r != nil && string(r.Secret) != "token" {
						t.Errorf("secret of %v is %q", key, r.Secret)
					}
				}
				if refused == 0 {
					t.Error("everything opened")
				}
				// A new grant is the way out.
				put(t, s, crm(), "new")
				if got := string(load(t, s, crm()).Secret); got != "new" {
					t.Errorf("secret %q after a new grant", got)
				}
			})
		}
	})
}

func TestChangedDefinitionsDoNotOpen(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, change string }{
		{"other host", `UPDATE postern_connection_definitions SET settings = '{"hosts":["evil.test"]}' WHERE connection = 'b'`},
		{"renamed", "UPDATE postern_connection_definitions SET connection = 'c' WHERE connection = 'b'"},
		{"copied", "UPDATE postern_connection_definitions SET secret = (SELECT o.secret FROM postern_connection_definitions o WHERE o.connection = 'a')"},
		{"other generation", "UPDATE postern_connection_definitions SET generation = 2"},
	}
	onEach(t, func(t dbTest) {
		s, db := open(t, t.url), raw(t, t.url)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				mustExec(t, db, "DELETE FROM postern_connection_definitions")
				for _, name := range []string{"a", "b"} {
					save(t, s, name, `{"hosts":["api.test"]}`, "") // bound even without secrets
				}
				mustExec(t, db, tt.change)
				all, err := s.Definitions(t.Context(), "")
				if err == nil {
					t.Fatalf("opened %v", all)
				}
				wantConfigError(t, err, "cannot be decrypted")
			})
		}
	})
}

// Everything in the files of the database, and in a backup, is encrypted.
func TestK05SecretsAreNowhereInTheOpen(t *testing.T) {
	t.Parallel()
	const token, password = `re+fresh/"token"&<é>`, "client~secret~0123456789"
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		put(t, s, crm(), `{"refresh_token":"`+token+`"}`)
		if !leased(t, s, 1, "me") || !committed(t, s, "me", 2, token) {
			t.Fatal("not renewed")
		}
		put(t, s, connection.Key{Connection: "gone"}, token)
		if err := s.Delete(t.Context(), connection.Key{Connection: "gone"}); err != nil {
			t.Fatal(err)
		}
		save(t, s, "crm", `{"grant":"static"}`, password)
		if err := s.Audit(t.Context(), connection.AuditEvent{Action: connection.ActionUse, Key: crm(), Detail: "api.test"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RotateKeys(t.Context()); err != nil {
			t.Fatal(err)
		}

		found := map[string]string{"tables": dump(t, t.url)}
		if path, ok := strings.CutPrefix(t.url, "sqlite:"); ok {
			backup := filepath.Join(t.TempDir(), "backup.db")
			if err := s.Backup(t.Context(), backup); err != nil {
				t.Fatal(err)
			}
			found["backup"] = string(content(t, "sqlite:"+backup))
			wal, err := os.ReadFile(path + "-wal")
			if err != nil {
				t.Fatal(err)
			}
			found["log"] = string(wal)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			found["file"] = string(content(t, t.url))
		}
		for where, bytes := range found {
			if !strings.Contains(bytes, "api.test") {
				t.Errorf("%s: not even what is no secret is there", where)
			}
			for _, secret := range []string{token, password, string(testKey())} {
				for _, form := range forms(secret) {
					if strings.Contains(bytes, form) {
						t.Errorf("%s: %q of %q is there", where, form, secret)
					}
				}
			}
		}
	})
}

// forms are the ways in which a secret may be written.
func forms(secret string) []string {
	all := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.ReplaceAll(secret, `"`, `\"`),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	// In a longer text, base64 begins at any of three places; its ends depend on
	// what is beside it.
	for skip := range 3 {
		inner := secret[skip:]
		inner = inner[:len(inner)/3*3]
		all = append(all, base64.StdEncoding.EncodeToString([]byte(inner)), base64.URLEncoding.EncodeToString([]byte(inner)))
	}
	// As the dump of the tables writes bytes.
	return append(all, strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]"))
}
