/*
 * How processes that share a store renew a token whose refresh token is good once:
 * renew.go, lease.go and save.go, with the names used there. Checked by "make model".
 *
 * There are N processes, one grant, and a server that ends the grant when it sees a
 * refresh token twice. A process may be killed before any step (KILLS times in all),
 * end in an orderly way, and renew a token that is still good, as it does when its
 * clock jumps: no other decision depends on a clock. Writing to the store may stall
 * (STALLS times). A person may authorize the connection again at any time.
 *
 * Time passes in ticks. A live holder beats within BEAT of them, or as soon as a
 * stalled store goes on. A request that a killed process had not got to the server
 * does not get there later.
 *
 * What holds, in every order of steps:
 *   1. a refresh token is not sent while another process may still get the answer to it;
 *   2. a newer token is never replaced by an older one;
 *   3. a grant is lost only if a process is killed after the server has rotated the
 *      token and before the new one is stored;
 *   4. every renewal comes to an end: no dead end, no cycle without progress.
 *
 * With STOPS, a holder may stand still for as long as it likes (SIGSTOP, a suspended
 * machine). Nothing tells it from a dead one, so 1 and 3 cannot hold; 2 and 4 do.
 */

#ifndef N
#define N 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef STALLS
#define STALLS 1
#endif
#ifndef STILL
#define STILL 3 /* leaseTime */
#endif
#define BEAT 1  /* beatEvery */
#define QUICK 1 /* quick: a longer gap between two looks does not count */
#define RUNS 2  /* renewals that a process begins */
#define NONE 255

/* The record. */
byte generation = 1;
byte token = 1; /* the refresh token; a larger one was issued later */
bool refused = false;
byte holder = NONE;

/* The server. */
byte good = 1; /* the refresh token that it takes; NONE: the grant has ended */
byte issued = 1;

bool stalled = false;
byte kills = 0, stalls = 0;
bool authorized = false;
byte running = N;
bool lost = false; /* a process was killed with the only copy of a token */

mtype = { idle, renewShared, leased, asking, answered, saving, over };
mtype at[N] = idle;
bool alive[N] = true;
byte sending[N] = NONE; /* the refresh token that a process has sent and waits for */

/* leaseWatch of each process. The beat is a number in the code; here it is what each
 * watcher has not seen of it. */
byte still[N] = 0, gap[N] = 0, sinceBeat = 0;
bool moved[N] = true;

byte w, q; /* of loops within one step; 0 between steps */

inline move() {
	for (w : 0 .. N - 1) { moved[w] = true }
	w = 0
}

#define beating (holder != NONE && alive[holder])
#ifdef STOPS
#define due false
#else
#define due (beating && !stalled && sinceBeat >= BEAT)
#endif

/* With PROMPT, which 4 is checked with, a process that waits looks once a tick. */
#ifdef PROMPT
#define late(p) (alive[p] && !stalled && (at[p] == renewShared || at[p] == saving) && holder != NONE && holder != p && gap[p] > 0)
#else
#define late(p) false
#endif

active proctype world() {
end:
	do
	:: atomic { !due && !stalled && stalls < STALLS -> stalls++; stalled = true }
	:: atomic { stalled -> stalled = false }
	:: atomic { beating && !stalled && sinceBeat > 0 -> /* keepLease */
		sinceBeat = 0; move() }
	:: atomic { !due && !late(0) && !late(N - 1) && running > 0 && (beating && sinceBeat < BEAT || gap[0] <= QUICK || gap[N - 1] <= QUICK) -> /* a tick */
		if :: sinceBeat < BEAT -> sinceBeat++ :: else fi;
		for (w : 0 .. N - 1) {
			if :: gap[w] <= QUICK -> gap[w]++ :: else fi
		}
		w = 0 }
	:: atomic { !stalled && !authorized && issued < 250 -> /* Put */
		authorized = true;
		issued++; good = issued; token = issued; generation++; refused = false;
		holder = NONE; move() }
	od
}

/* dead counts a look at the lease of another process. */
inline look(p) {
	if
	:: moved[p] -> still[p] = 0
	:: !moved[p] && gap[p] <= QUICK -> still[p] = still[p] + gap[p]
	:: else
	fi;
	if :: still[p] > STILL -> still[p] = STILL :: else fi;
	moved[p] = false; gap[p] = 0
}

inline take(p) {
	holder = p; sinceBeat = 0; still[p] = 0; move()
}

inline kill(p) {
	kills++; alive[p] = false; at[p] = over;
	lost = lost || next != NONE;
	sending[p] = NONE; next = NONE
}

#define mayKill (kills < KILLS)

proctype process(byte p) {
	byte hGeneration = 0, hToken = 0, seen = 0, runs = 0;
	byte next = NONE; /* what the server has issued and the store has not got */
	bool ok;

progress:
begin:
	do
	:: atomic { runs < RUNS -> runs++; at[p] = renewShared; moved[p] = true; still[p] = 0; goto shared }
	:: atomic { true -> at[p] = over; goto end } /* orderly: nothing is under way */
	:: atomic { mayKill -> kill(p); goto end }
	od;

shared:
	do
	:: atomic { !stalled -> /* load */
		hGeneration = generation; hToken = token;
		if
		:: refused -> at[p] = idle; goto begin /* ended: needs_reauth */
		:: !refused && generation > seen && seen > 0 -> seen = generation; at[p] = idle; goto begin /* newer */
		:: else -> seen = generation
		fi;
		if :: holder != NONE && holder != p -> look(p) :: else fi }
	   if
	   :: atomic { !stalled && hGeneration == generation && (holder == NONE || holder == p) -> /* Lease */
		take(p); at[p] = leased; goto leasedNow }
	   :: atomic { !stalled && hGeneration == generation && holder != NONE && holder != p && still[p] >= STILL ->
		if
		:: !moved[p] && gap[p] <= QUICK -> take(p); at[p] = leased; goto leasedNow
		:: else -> still[p] = 0 /* it has beaten since, or the store is too slow to tell */
		fi }
	   :: atomic { stalled || hGeneration != generation || holder != NONE && holder != p && still[p] < STILL -> skip }
	   fi
	:: atomic { true -> at[p] = over; goto end } /* orderly: Close cancels the wait */
	:: atomic { mayKill -> kill(p); goto end }
	od;

leasedNow: /* renewLeased, before anything is spent */
	if
	:: atomic { true ->
#ifndef STOPS
		for (q : 0 .. N - 1) { assert(q == p || sending[q] != hToken) } /* 1 */
		q = 0;
#endif
		sending[p] = hToken; at[p] = asking; goto askingNow }
	:: atomic { !stalled -> /* orderly: Release */
		if :: holder == p -> holder = NONE; move() :: else fi;
		at[p] = over; goto end }
	:: atomic { mayKill -> kill(p); goto end }
	fi;

askingNow: /* obtain: Close waits for it */
	if
	:: atomic { true -> /* the server */
		if
		:: hToken == good -> issued++; good = issued; next = issued; ok = true
		:: else ->
#ifndef STOPS
			assert(lost || authorized); /* 3 */
#endif
			if :: !authorized -> good = NONE :: else fi;
			ok = false
		fi;
		at[p] = answered }
	:: atomic { mayKill -> kill(p); goto end }
	fi;

	if
	:: atomic { ok -> sending[p] = NONE; at[p] = saving; moved[p] = true; still[p] = 0 }
	:: atomic { !ok && !stalled -> /* notRenewed */
		sending[p] = NONE;
		if
		:: holder == p && generation == hGeneration -> /* commit(ended) */
			refused = true; generation++; holder = NONE; move()
		:: else ->
			if :: holder == p -> holder = NONE; move() :: else fi
		fi;
		seen = 0; at[p] = idle; goto begin }
	:: atomic { mayKill -> kill(p); goto end }
	fi;

	do /* save: Close waits for it */
	:: atomic { !stalled -> /* trySave */
		if
		:: holder == p && generation == hGeneration -> /* Commit */
			assert(next > token); /* 2 */
			token = next; generation++; refused = false; holder = NONE; move();
			next = NONE; seen = generation; at[p] = idle; goto begin
		:: else ->
			if
			:: generation == hGeneration -> skip /* another has taken the lease */
			:: generation > hGeneration && refused && token == hToken -> hGeneration = generation
			:: else -> /* superseded */
				assert(next < token || authorized);
				next = NONE; seen = 0; at[p] = idle; goto begin
			fi;
			if
			:: holder == NONE || holder == p -> take(p)
			:: else -> look(p);
				if :: still[p] >= STILL -> take(p) :: else fi
			fi
		fi }
	:: atomic { mayKill -> kill(p); goto end }
	od;

end:
	running--
}

init {
	atomic {
		for (w : 0 .. N - 1) { run process(w) }
		w = 0
	}
}
