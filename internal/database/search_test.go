package database_test

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// A search finds the same on both databases, whatever the case of letters, and takes no character for a wildcard.
func TestContains(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		for _, tt := range []struct {
			text, search string
			want         bool
		}{
			{"Jürgen MÜLLER", "müller", true},
			{"jürgen müller", "MÜLLER", true},
			{"Юлия", "юЛИЯ", true},
			{"ΟΔΟΣ οδός", "οδος", true},
			{"ΟΔΟΣ", "οδοσ", true},
			{"Straße", "STRASSE", false},  // that is another spelling
			{"300 K", "300 \u212a", true}, // the sign of kelvin
			{"Müller", "muller", false},
			{"東京", "京", true},
			{"100%", "%", true},
			{"100", "%", false},
			{"a_b", "_", true},
			{"ab", "_", false},
			{"a!b", "!", true},
			{"O'Ürk", "o'ü", true},
			{"anything", "", true},
			{"x " + strings.Repeat("ÄÖÜ", 1000), strings.Repeat("äöü", 500), true},
			{"ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁ", "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþ", true},
		} {
			var got bool
			query := "SELECT " + database.Contains(tt.search, "$2", "a.text", "a.text || 'x'") + " FROM (SELECT CAST($1 AS TEXT) AS text) a"
			if err := db.QueryRowContext(t.Context(), query, tt.text, database.Containing(tt.search)).Scan(&got); err != nil {
				t.Fatalf("%q: %v", tt.search, err)
			}
			if got != tt.want {
				t.Errorf("%q contains %q: %v", tt.text, tt.search, got)
			}
		}
	})
}
