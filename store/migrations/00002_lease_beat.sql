-- A lease has no end by a clock: it is taken over once its beat is seen to stand still.

-- +goose Up
ALTER TABLE connection_records ADD COLUMN lease_beat BIGINT NOT NULL DEFAULT 0;
ALTER TABLE connection_records DROP COLUMN lease_until;
