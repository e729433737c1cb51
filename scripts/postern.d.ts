// What a script finds in Postern, as types: for editors, and for tsc --checkJs.
//
// Copy this file and jsconfig.json beside your scripts, and an editor knows them.
// Scripts stay plain JavaScript, and none sees what another one declares. In a JSDoc
// comment, types are written with the namespace: `@param {postern.Qfile} file`.
//
// Two marks stand in the comments. What is marked `@testOnly` is there only while
// a script is tested, what is marked `@legacy` only for the older dialect.
//
// An argument called `TextLike` becomes text as String(…) makes it. Null and
// undefined do not: where an argument may be null, its type says so.
//
// A call that goes wrong throws a postern.HostError, or a postern.JavaException
// where a class of Java would throw one.

/** Data items, the log, and what else a task has of its process. */
declare const engine: postern.Engine;

/** The settings of the task: what the workflow's author chose. */
declare const configs: postern.Configs;

/** HTTP requests, and the tokens of connections. */
declare const httpClient: postern.HttpClient;

/** The content of files. */
declare const fileRepository: postern.FileRepository;

/** The options of select items. */
declare const itemDao: postern.ItemDao;

/** Users that the task may look up. */
declare const quserDao: postern.QuserDao;

/** Groups that the task may look up. */
declare const qgroupDao: postern.QgroupDao;

/** The workflow process that the task is a step of. */
declare const processInstance: postern.ProcessInstance;

/** Dates to text and back. */
declare const dateFormatter: postern.DateFormatter;

/** Email, and addresses from its headers. */
declare const emailService: postern.EmailService;

/** Messages where people read them. */
declare const feedService: postern.FeedService;

/** Base64, RFC 4648 §4 and §5. */
declare const base64: postern.Base64;

/** Bytes as hexadecimal digits. */
declare const hex: postern.Hex;

/** Hash functions. */
declare const digest: postern.Digest;

/** Message authentication codes, RFC 2104. */
declare const hmac: postern.Hmac;

/** RSA keys. */
declare const rsa: postern.Rsa;

/** Signed tokens, RFC 7519. */
declare const jwt: postern.Jwt;

/** Markdown to HTML. */
declare const markdown: postern.Markdown;

/** Lines for the task's log. */
declare const console: postern.Console;

/**
 * Data items to read.
 * @legacy
 */
declare const data: postern.LegacyData;

/**
 * Data items to write.
 * @legacy
 */
declare const retVal: postern.LegacyRetVal;

/**
 * Declares a test. It runs later, in a world of its own, into which the script and
 * the tests are loaded anew.
 * @testOnly
 */
declare function test(name: string, run: () => unknown): void;

/**
 * Begins an assertion.
 * @testOnly
 */
declare function expect(actual: unknown): postern.Expectation;

/**
 * Fails the test.
 * @testOnly
 */
declare function fail(message?: unknown): never;

/**
 * Runs the script under test, once in a test. What the script throws comes out of
 * it. A script that only declares functions has run already, and execute throws.
 * @testOnly
 */
declare function execute(): void;

/**
 * The function main of the script under test, if it declares one.
 * @testOnly
 */
declare function main(): unknown;

/**
 * The function proceed of the script under test, if it declares one.
 * @testOnly
 */
declare function proceed(): unknown;

/**
 * The function list of the start event under test, if it declares one.
 * @testOnly
 */
declare function list(limit: number, timestampLowerLimit?: postern.Timestamp): any;

/**
 * The function post of the webhook start event under test, if it declares one.
 * @testOnly
 */
declare function post(request: postern.WebhookRequest): any;

declare namespace postern {
  // ---- Values ----

  /** Text, or what becomes text as String(…) makes it. */
  type TextLike = string | number | bigint | boolean | BigDecimal | JavaDate;

  /** Bytes: text stands for itself in UTF-8, a file for its content. */
  type Content = string | ByteArray | Qfile | ArrayBuffer | Uint8Array;

  /**
   * What a data item can hold. An object stands for itself in JSON; dates, options
   * and the like are kept as the type of the item has them.
   */
  type DataValue =
    | string | number | bigint | boolean | null | undefined
    | BigDecimal | Date | JavaDate | Item | Qfile | Quser | Qgroup | ScriptListArray | ListArray
    | readonly DataValue[] | { readonly [name: string]: DataValue };

  /** The types of data items. An item without a value holds null, whatever its type. */
  type DataType =
    | "STRING" | "STRING_TEXTFIELD" | "STRING_TEXTAREA" | "STRING_MARKDOWN"
    | "DECIMAL" | "DATE" | "DATE_YMD" | "DATETIME"
    | "SELECT" | "SELECT_SINGLE" | "SELECT_CHECKBOX" | "FILE" | "LIST" | "QUSER" | "QGROUP" | "JSON";

  /** What settings can be, beside text. */
  type SettingObject = DataDefinition | AuthSetting | Quser | Qgroup | boolean;

  /** What a call of the host throws that goes wrong. */
  interface HostError extends Error {
    /**
     * What kind of mistake it is: "invalid_argument", "denied", "unknown_connection",
     * "connection", "needs_reauth", "network", "limit", "timeout" and a few more.
     */
    readonly code: string;
    /** What to do about it, if there is something. */
    readonly hint?: string;
  }

  /** What the classes of Java throw. */
  interface JavaException extends Error {
    /** The name of the exception's class, such as java.lang.NumberFormatException. */
    readonly name: string;
  }

  // ---- Data items ----

  /** The global engine. */
  interface Engine {
    /** Adds a line to the task's log. */
    log(message: unknown): void;
    /**
     * Returns the value of a data item, null if it has none. It is text for the
     * STRING types, a BigDecimal for DECIMAL, an AddableDate for DATE and DATE_YMD, an
     * AddableTimestamp for DATETIME, a List of Item for the SELECT types, a List of
     * Qfile for FILE, a ScriptListArray for LIST, a Quser and a Qgroup. A test gets
     * what it has set, unchanged but that an array has become a List.
     */
    findData(definition: DataDefinition): any;
    /**
     * Writes a data item; null clears it. The write takes effect if the task succeeds.
     * Throws if the value is not one of the item's type. A test checks no types.
     */
    setData(definition: DataDefinition, value: DataValue): void;
    /** Is findData for the item of that number. Throws if there is none. */
    findDataByNumber(number: number | string): any;
    /** Is setData for the item of that number. Throws if there is none. */
    setDataByNumber(number: number | string, value: DataValue): void;
    /**
     * Returns the value of the item of that variable name, null if it has none, as
     * plain JavaScript: numbers for DECIMAL, text for dates, arrays. A number with more
     * digits than JavaScript keeps, wherever it is in the value, is a BigDecimal. Throws
     * if the task declares other items.
     */
    findDataByVarName(varName: string): any;
    /** Writes the item of that variable name, as setData does. */
    setDataByVarName(varName: string, value: DataValue): void;
    /** Returns the definition of that number, null if there is none. */
    findDataDefinitionByNumber(number: number | string): DataDefinition | null;
    /** Returns the definition of that variable name, null if there is none. */
    findDataDefinitionByVarName(varName: string): DataDefinition | null;
    /** Keeps text for the next run of the same step, which calls proceed(). */
    saveTemporaryData(text: TextLike): void;
    /** Returns the text that was kept last, null if none was. It stays there. */
    restoreTemporaryData(): string | null;
    /** Returns the time zone of the process: "UTC", "GMT+09:00", "Europe/Vienna". */
    getTimeZoneId(): string;
    /** Returns how many minutes the time zone is ahead of UTC, now. */
    getTimeZoneOffsetInMinutes(): number;
    /** Reports whether a process has been started for what has this id. */
    isProcessStarted(id: string): boolean;
    /** Says whether a process is to be started for the request that post answers. */
    setStartProcess(start: boolean): void;

    /**
     * Makes a data item, without a value. Two definitions never share one, even of one
     * number; the number and the name lead to the one made last.
     * @testOnly
     */
    createDataDefinition(name: string, number: number, varName: string | null, type: DataType): DataDefinition;
    /**
     * Makes an option of a select item.
     * @testOnly
     */
    createItem(value: string, display: string): Item;
    /**
     * Makes a file, as new NewQfile(…) does.
     * @testOnly
     */
    createQfile(name: string, contentType: string, content: Content): Qfile;
    /**
     * Makes a file of text in a charset.
     * @testOnly
     */
    createQfile(name: string, contentType: string, charset: string, text: string): Qfile;
    /**
     * Makes a user, whom quserDao finds from then on.
     * @testOnly
     */
    createQuser(id: number, name: string, email: string): Quser;
    /**
     * Makes a group, which qgroupDao finds from then on.
     * @testOnly
     */
    createQgroup(id: number, name: string, email?: string | null, parent?: Qgroup | null): Qgroup;
    /**
     * Makes bytes of a text, in UTF-8.
     * @testOnly
     */
    createByteArray(text: string): ByteArray;
    /**
     * Makes the headers of a webhook request: none at first.
     * @testOnly
     */
    createHttpHeaders(): HttpHeaders;
    /**
     * Has isProcessStarted answer true for this id.
     * @testOnly
     */
    addProcessStartedSet(id: string): void;
    /**
     * Reports whether the script has asked for a process with setStartProcess.
     * @testOnly
     */
    isStartProcess(): boolean;
    /**
     * Moves the process to another time zone: minutes ahead of UTC. It begins in
     * GMT+09:00. The classes of Java stay there, so that dates keep their clock time.
     * @testOnly
     */
    setTimeZoneOffsetInMinutes(minutes: number): void;
  }

  /** A data item, but for its value. */
  interface DataDefinition {
    /** Returns what people call the item. */
    getName(): string;
    /** Returns the number of the item. */
    getNumber(): number;
    /** Returns the variable name of the item, null if it has none. */
    getVarName(): string | null;
    /**
     * Reports whether the item is of this type or family: "STRING" is every text,
     * "SELECT" every select item, "DATE" also DATE_YMD, "STRING_MULTILINE" text of
     * several lines. Several may be given with a | between them.
     */
    matchDataType(type: string): boolean;
    /** Returns the columns of a LIST; none for other types. */
    getSubDataDefinitions(): List<ColumnDefinition>;
    /** Returns a new table without rows. Throws if the item is no LIST. */
    createListArray(): ScriptListArray;

    /**
     * Adds a column to a LIST.
     * @testOnly
     */
    addSubDataDefinition(name: string, varName: string | null, type: DataType): void;
    /**
     * Adds a column for numbers with that many digits after the point; null keeps them
     * as they are written. The two switches say how people see the number, which makes
     * no difference here.
     * @testOnly
     */
    addDecimalSubDataDefinition(name: string, varName: string | null, scale?: number | null, separator?: boolean, negative?: boolean): void;
    /**
     * Adds a column with options to choose from.
     * @testOnly
     */
    addSelectSubDataDefinition(name: string, varName: string | null, ...options: string[]): void;
  }

  /** A column of a table. */
  interface ColumnDefinition {
    /** Returns what people call the column. */
    getName(): string;
    /** Returns the variable name of the column, null if it has none. */
    getVarName(): string | null;
    /** Is matchDataType of DataDefinition. */
    matchDataType(type: string): boolean;
  }

  /** The global itemDao. */
  interface ItemDao {
    /**
     * Returns the options of a select item, by its definition, number or name. The
     * second argument makes no difference.
     */
    findAll(definition: DataDefinition | string, all?: boolean): List<Item>;
    /**
     * Adds an option to a select item.
     * @testOnly
     */
    addItem(definition: DataDefinition, item: Item): void;
  }

  /** An option of a select item. */
  interface Item {
    /** Returns what a program tells the option by. */
    getValue(): string;
    /** Returns what people see. */
    getDisplay(): string;
    /** Returns the value. */
    toString(): string;
  }

  /** A table: the value of a LIST. Its cells hold text. */
  interface ScriptListArray {
    /** Returns the number of rows. */
    size(): number;
    /** Reports whether there are no rows. */
    isEmpty(): boolean;
    /** Adds a row of empty cells at the end and returns it. */
    addRow(): Row;
    /** Returns a row, counted from 0. Throws if there is none. */
    getRow(index: number): Row;
    /** Returns the text of a cell, "" if it is empty. Throws if there is none. */
    get(row: number, column: number | string): string;
  }

  /** A row of a table. A column is named by its place, from 0, or its variable name. */
  interface Row {
    /** Returns the number of cells. */
    size(): number;
    /** Returns the text of a cell, "" if it is empty. */
    get(column: number | string): string;
    /** Returns a cell by the type of its column: text, a BigDecimal or an SqlDate; null if it is empty. */
    getObject(column: number | string): string | BigDecimal | SqlDate | null;
    /**
     * Sets a cell; null empties it. A number gets the digits after the point that its
     * column shows, rounded half up. Throws if the text is no number there.
     */
    setCol(column: number | string, value: TextLike | null): void;
    /** Is setCol. */
    put(column: number | string, value: TextLike | null): void;
  }

  /** The global data. Items are named by their number or variable name. */
  interface LegacyData {
    /** Returns the value of a data item, as findData does. */
    get(item: number | string): any;
  }

  /** The global retVal. */
  interface LegacyRetVal {
    /** Writes a data item, as setData does. */
    put(item: number | string, value: DataValue): void;
  }

  // ---- The step and its process ----

  /** The global configs. */
  interface Configs {
    /**
     * Returns a setting as text, null if it is not set: "true" or "false" for a
     * switch, the number of a data item, the name of an auth setting, the id of a user
     * or group.
     */
    get(name: string): string | null;
    /**
     * Returns a setting that is more than text: a DataDefinition, an AuthSetting, a
     * Quser, a Qgroup, or true or false for a switch. For text, and for what is not
     * set, it is null.
     */
    getObject(name: string): any;
    /**
     * Sets a setting to text; null unsets it.
     * @testOnly
     */
    put(name: string, value: TextLike | null | undefined): void;
    /**
     * Sets a setting to what is more than text; null unsets it.
     * @testOnly
     */
    putObject(name: string, value: SettingObject | null): void;
  }

  /** The global processInstance. */
  interface ProcessInstance {
    /** Returns the number of the process. */
    getProcessInstanceId(): number;
    /** Returns the number of the model that the process follows. */
    getProcessModelInfoId(): number;
    /** Reports whether the process is a trial run. */
    getProcessInstanceDebug(): boolean;
  }

  /** The global quserDao. */
  interface QuserDao {
    /** Returns the user with this address, in any case; null if there is none. */
    findByEmail(email: string | null): Quser | null;
    /** Returns the user of this id, null if there is none. */
    findById(id: number | string): Quser | null;
    /** Returns the leaders of a group, or its other members. */
    findByQgroupAndPosition(group: Qgroup, leader: boolean): List<Quser>;
  }

  /** A user. */
  interface Quser {
    /** Returns the id. */
    getId(): number;
    /** Returns the name. */
    getName(): string;
    /** Returns the address. */
    getEmail(): string;
    /** Reports whether other is the same user. */
    equals(other: unknown): boolean;
  }

  /** The global qgroupDao. */
  interface QgroupDao {
    /** Returns the group of this id, null if there is none. */
    findById(id: number | string): Qgroup | null;
    /** Returns the groups right below a group. */
    findChildQgroups(group: Qgroup): List<Qgroup>;
    /** Returns the groups below a group on all levels, upper ones first. */
    findDescendantQgroups(group: Qgroup): List<Qgroup>;
  }

  /** A group of users: an organization or a part of one. */
  interface Qgroup {
    /** Returns the id. */
    getId(): number;
    /** Returns the name. */
    getName(): string;
    /** Returns the address, null if it has none. */
    getEmail(): string | null;
    /** Reports whether other is the same group. */
    equals(other: unknown): boolean;
  }

  /**
   * The global console. Arrays, objects, maps and sets are written in the manner of JSON. In a first text, `%s`, `%d`,
   * `%i`, `%f`, `%j`, `%o` and `%O` stand for the arguments after it.
   */
  interface Console {
    /** Adds a line of level debug. */
    debug(...values: unknown[]): void;
    /** Adds a line of level info. */
    info(...values: unknown[]): void;
    /** Is info. */
    log(...values: unknown[]): void;
    /** Adds a line of level warn. */
    warn(...values: unknown[]): void;
    /** Adds a line of level error. */
    error(...values: unknown[]): void;
  }

  // ---- HTTP ----

  /** The global httpClient. */
  interface HttpClient {
    /** Begins a request. */
    begin(): HttpRequest;
    /** Returns how many requests the task may send in all, those of `retry` included, redirects not. The next one throws. */
    getRequestingLimit(): number;
    /**
     * Returns the access token of a connection: a stand-in that is worth something only
     * in a request to the hosts of the connection, unless that one is not sealed. In a
     * test it is that of the auth setting of that name which the test has put into
     * configs. Throws if the connection is unknown or gets no token.
     */
    getOAuth2Token(connection: string | AuthSetting): string;
    /**
     * Returns what may be known of that token. If there is none, it gets one. In a test
     * the scope is that of the setting. Throws as getOAuth2Token does.
     */
    getOAuth2TokenInfo(connection: string | AuthSetting): TokenInfo;
    /** Returns the token of the connection that is named like a service of Google, "Drive" for example. */
    getGoogleOAuth2Token(user: Quser, service: string): string;

    /**
     * Has a function answer the requests of the script. What it throws comes out of the
     * call that sent the request. Without a handler every request throws.
     * @testOnly
     */
    setRequestHandler(handler: (request: SentRequest) => HttpResponse): void;
    /**
     * Makes an answer. Text is encoded as the content type says, else in UTF-8.
     * @testOnly
     */
    createHttpResponse(status: number, contentType: string | null, body?: string | ByteArray | ArrayBuffer | Uint8Array | null): HttpResponse;
    /**
     * Makes a setting for basic authentication.
     * @testOnly
     */
    createAuthSettingBasic(name: string, user: string, password: string): AuthSetting;
    /**
     * Makes a setting with a fixed token.
     * @testOnly
     */
    createAuthSettingToken(name: string, token: string): AuthSetting;
    /**
     * Makes a setting of the authorization code grant.
     * @testOnly
     */
    createAuthSettingOAuth2(name: string, authorizationUrl: string, tokenUrl: string, scope: string, clientId: string, clientSecret: string, accessToken: string): AuthSetting;
    /**
     * Makes a setting of the client credentials grant.
     * @testOnly
     */
    createAuthSettingOAuth2ClientCredentials(name: string, tokenUrl: string, scope: string, clientId: string, clientSecret: string, accessToken: string): AuthSetting;
    /**
     * Makes a setting for oauth2JwtBearer. What is left out is "".
     * @testOnly
     */
    createAuthSettingOAuth2JwtBearer(name: string, scope: string, clientId?: string, clientSecret?: string, privateKeyId?: string, privateKey?: string, customSecret1?: string, customSecret2?: string): AuthSetting;
  }

  /** A request in the making. Every setter changes it and returns it. */
  interface HttpRequest {
    /** Adds a parameter to the URL's query. */
    queryParam(name: TextLike, value: TextLike): this;
    /** Adds a field of a form, which becomes the body. */
    formParam(name: TextLike, value: TextLike): this;
    /** Adds a header. Its name is sent in these letters; HTTP/2 has lower case alone. */
    header(name: TextLike, value: TextLike): this;
    /** Authenticates with a bearer token (RFC 6750). The last credential set is the one sent. */
    bearer(token: TextLike): this;
    /** Authenticates with a user name and a password (RFC 7617). */
    basic(user: TextLike, password: TextLike): this;
    /** Sends `Authorization: scheme credentials`. */
    authorization(scheme: TextLike, credentials: TextLike): this;
    /** Authenticates with a setting, or with the connection of that name, which a test has none of. */
    authSetting(setting: AuthSetting | string): this;
    /**
     * Authenticates with a token that is got by an assertion (RFC 7523) when the
     * request is sent. The function asks for it and returns the parsed answer. It is
     * not called for a connection of the host, which signs for itself.
     */
    oauth2JwtBearer(setting: AuthSetting, getToken: (setting: AuthSetting) => { access_token: string }): this;
    /** Authenticates with the connection that is named like a service of Google, "Drive" for example. */
    googleOAuth2(user: Quser, service: string): this;
    /** Signs the request for a service of AWS (Signature Version 4). */
    awsSignV4(accessKey: TextLike, secretKey: TextLike, region: TextLike, service: TextLike): this;
    /** Sets the body. Text is encoded as the content type says, else in UTF-8. */
    body(content: TextLike | Content, contentType: TextLike): this;
    /** Sets a file as the body, with its own content type. */
    body(file: Qfile): this;
    /** Adds a part of a multipart body (RFC 7578). */
    multipart(name: TextLike, content: TextLike | Content): this;
    /**
     * Sends the request again, so many times at most: when the answer is 429 or 503, and, for
     * GET, HEAD, OPTIONS, QUERY, PUT and DELETE, when the network failed and there is none. The
     * wait is what `Retry-After` asks for, otherwise 1, 2, 4 seconds and so on. Where the task
     * has no time for it, or may send no more requests, the last answer or error stands. Every
     * attempt counts towards `getRequestingLimit()`.
     */
    retry(times: number): this;
    /** Sends the request and returns the answer, whatever its status. Throws if none comes. */
    get(url: TextLike): HttpResponse;
    /** Is get with the method POST. */
    post(url: TextLike): HttpResponse;
    /** Is get with the method PUT. */
    put(url: TextLike): HttpResponse;
    /** Is get with the method PATCH. */
    patch(url: TextLike): HttpResponse;
    /** Is get with the method DELETE. */
    delete(url: TextLike): HttpResponse;
    /** Is get with the method HEAD. */
    head(url: TextLike): HttpResponse;
  }

  /** The answer to a request. */
  interface HttpResponse {
    /** Returns the status code, 200 for example. */
    getStatusCode(): number;
    /** Returns the body as text, in the charset of its content type, else in UTF-8. */
    getResponseAsString(): string;
    /** Returns the body. */
    getResponse(): ByteArray;
    /** Returns the media type without its parameters, null if the answer names none. */
    getContentType(): string | null;
    /** Returns the charset of the content type, null if it names none. */
    getCharset(): string | null;
    /** Returns the values of a header, by its name in any case: none if it is not there. */
    getHeaderValues(name: string): List<string>;
    /**
     * Adds a header.
     * @testOnly
     */
    addHeader(name: string, value: TextLike): this;
  }

  /** A stored way to authenticate. What is not set is "". */
  interface AuthSetting {
    /** Returns the name. */
    getName(): string;
    /** Returns the access token, of a connection as getOAuth2Token does. */
    getToken(): string;
    /** Returns the scopes, with spaces between them. */
    getScope(): string;
    /** Returns the client id. */
    getClientId(): string;
    /** Returns the id of the key that signs assertions. */
    getPrivateKeyId(): string;
    /** Returns the private key. Of a connection it throws, as the next two do. */
    getPrivateKey(): string;
    /** Returns the first further secret. */
    getCustomSecret1(): string;
    /** Returns the second further secret. */
    getCustomSecret2(): string;
  }

  /**
   * What may be known of a token. Beside these members there are the fields of the token
   * answer that the connection's operator lets scripts see, by their paths.
   */
  interface TokenInfo {
    /** "Bearer", unless the server said otherwise. */
    readonly token_type: string;
    /** The scopes as they were granted, with spaces between them. */
    readonly scope: string;
    /** When the token expires, "2030-01-02T15:04:05Z" for example. It is null if nobody knows. */
    readonly expires_at: string | null;
    readonly [name: string]: string | number | boolean | null;
  }

  /** What post of a webhook start event is given. */
  interface WebhookRequest {
    /** The body as text. */
    readonly body: string;
    /** The headers. */
    readonly headers: HttpHeaders;
  }

  /** The headers of a webhook request, by their names in any case. */
  interface HttpHeaders {
    /** Returns the first value of a header, null if it is not there. */
    getFirst(name: string): string | null;
    /** Returns all values of a header. */
    get(name: string): List<string>;
    /**
     * Sets a header.
     * @testOnly
     */
    set(name: string, value: TextLike): void;
  }

  /**
   * What the handler of a test sees of a request.
   * @testOnly
   */
  interface SentRequest {
    /** The URL, with the encoded query. */
    readonly url: string;
    /** The method, in capitals. */
    readonly method: string;
    /** The content type of the body, null without one. */
    readonly contentType: string | null;
    /** The body: text, whatever it was made of, SentParts of a multipart body, null without one. */
    readonly body: any;
    /** The headers, Authorization among them. */
    readonly headers: SentHeaders;
  }

  /**
   * The headers of a request, by their names as the script has written them.
   * @testOnly
   */
  interface SentHeaders {
    /** Returns a header, by its name in any case; null if it is not there. */
    get(name: string): string | null;
    readonly [name: string]: any;
  }

  /**
   * The parts of a multipart body.
   * @testOnly
   */
  interface SentParts {
    /** Returns the number of names. */
    size(): number;
    /** Reports whether there are no parts. */
    isEmpty(): boolean;
    /** Returns the names, each once. */
    keySet(): List<string>;
    /** Returns the parts of a name, as they were given to multipart; null if there are none. */
    get(name: string): List<any> | null;
    /** Reports whether there is a part of this name. */
    containsKey(name: string): boolean;
  }

  // ---- Messages ----

  /** The global emailService. */
  interface EmailService {
    /** Begins a message. */
    begin(): Email;
    /** Returns the addresses of a header such as To: none if it is null or one of them is no address. */
    parseAddressHeader(header: string | null | undefined): List<MailAddress>;
  }

  /** A message in the making. Every setter changes it and returns it. */
  interface Email {
    /** Adds a recipient. */
    addTo(address: string, name?: string | null): this;
    /** Sets the sender. */
    setFrom(address: string, name?: string | null): this;
    /** Sets whom answers go to. */
    setReplyTo(address: string, name?: string | null): this;
    /** Sets the subject. */
    setSubject(text: TextLike): this;
    /** Sets the text. */
    setBody(text: TextLike): this;
    /** Adds a file. */
    addAttachment(file: Qfile): this;
    /** Adds a file of text. */
    addAttachment(fileName: string, contentType: string, text: string | null): this;
    /**
     * Sends the message if the task succeeds. Throws if it has no sender or no recipient, if an address is not
     * exactly one or has more than 254 bytes, if the subject or a display name has a line break or
     * more than 998 characters, or if a file's name is a path or has a control character.
     */
    send(): void;
  }

  /** An address of a message's header. */
  interface MailAddress {
    /** Returns the address. */
    getAddress(): string;
    /** Returns the name of who has it, null if it is not told. */
    getPersonal(): string | null;
  }

  /** The global feedService. */
  interface FeedService {
    /** Begins a post. */
    begin(): FeedPost;
    /**
     * Has a function take the posts of the script and return their numbers. Without one
     * every post throws.
     * @testOnly
     */
    setPostHandler(handler: (post: SentPost) => number): void;
  }

  /** A post in the making. Every setter changes it and returns it. */
  interface FeedPost {
    /** Sets where to post. */
    setChannel(name: TextLike): this;
    /** Sets the text. */
    setMessage(text: TextLike): this;
    /** Sets the text, in Markdown. */
    setMarkdown(text: TextLike): this;
    /** Makes the post an answer to that of this number. */
    setMessageId(id: number | string | BigDecimal | null): this;
    /** Adds a file. */
    attachFile(file: Qfile): this;
    /** Sets whom the post is shared with. */
    setShareQgroup(group: Qgroup): this;
    /** Posts if the task succeeds, and returns the number of the post. */
    post(): number;
  }

  /**
   * What the handler of a test sees of a post.
   * @testOnly
   */
  interface SentPost {
    /** Where it was posted, null if nobody said. */
    readonly channel: string | null;
    /** The number of the post that it answers, null if it answers none. */
    readonly messageId: number | null;
    /** The text, "" without one. */
    readonly message: string;
    /** Whether the text is Markdown. */
    readonly markdown: boolean;
    /** The files. */
    readonly files: List<Qfile>;
  }

  // ---- Files, bytes and keys ----

  /** A file. */
  interface Qfile {
    /** Returns the name. */
    getName(): string;
    /** Returns "type/subtype" or "type/subtype; charset=name". */
    getContentType(): string;
    /** Returns the size in bytes. */
    getLength(): number;
    /** Returns the charset of the content type, null if it names none. */
    getCharset(): string | null;
  }

  /** The global fileRepository. Names of charsets are those of Java, the IANA or the web. */
  interface FileRepository {
    /** Returns the content. */
    readFile(file: Qfile): ByteArray;
    /** Returns the content as text. What the charset cannot decode becomes U+FFFD. */
    readFile(file: Qfile, charset: string): string;
    /** Calls a function with each line, without its line break. */
    readFile(file: Qfile, charset: string, each: (line: string) => void): void;
    /** Calls a function with one piece of the content after the other, of that many bytes at most. */
    readFile(file: Qfile, size: number, each: (packet: ByteArray) => void): void;
  }

  /** Bytes that a script passes on and does not look into. */
  interface ByteArray {
    readonly " type": "byte array";
    /** Returns the number of bytes. */
    getLength(): number;
  }

  /** The global base64. It writes padding, and reads text with and without. */
  interface Base64 {
    /** Encodes with + and /. */
    encodeToString(content: Content): string;
    /** Encodes with - and _, for URLs. */
    encodeToUrlSafeString(content: Content): string;
    /** Decodes to text, in UTF-8 unless a charset is named. Throws if the text is not base64. */
    decodeFromString(text: string, charset?: string | null): string;
    /** Is decodeFromString for what encodeToUrlSafeString writes. */
    decodeFromUrlSafeString(text: string, charset?: string | null): string;
    /** Decodes to bytes. Throws if the text is not base64. */
    decodeFromStringToByteArray(text: string): ByteArray;
    /** Is decodeFromStringToByteArray for what encodeToUrlSafeString writes. */
    decodeFromUrlSafeStringToByteArray(text: string): ByteArray;
  }

  /** The global hex. */
  interface Hex {
    /** Returns two digits for each byte, in lower case. */
    encodeToString(content: Content): string;
    /** Returns the bytes. Throws if the text is not pairs of digits. */
    decodeFromString(text: string): ByteArray;
  }

  /** The global digest. */
  interface Digest {
    /** Returns 16 bytes. */
    md5(content: Content): ByteArray;
    /** Returns 20 bytes. */
    sha1(content: Content): ByteArray;
    /** Returns 32 bytes. */
    sha256(content: Content): ByteArray;
    /** Returns 64 bytes. */
    sha512(content: Content): ByteArray;
  }

  /** The global hmac. */
  interface Hmac {
    /** Returns 16 bytes. */
    md5(secret: Content, message: Content): ByteArray;
    /** Returns 20 bytes. */
    sha1(secret: Content, message: Content): ByteArray;
    /** Returns 32 bytes. */
    sha256(secret: Content, message: Content): ByteArray;
    /** Returns 64 bytes. */
    sha512(secret: Content, message: Content): ByteArray;
  }

  /** The global rsa. A PEM may be indented, and have \n written out for its line breaks. */
  interface Rsa {
    /** Reads a private key of PKCS #8 or PKCS #1. Throws if the PEM holds none. */
    readKeyFromPkcs8(pem: string): PrivateKey;
    /** Reads a public key, or that of a certificate. Throws if the PEM holds none. */
    readKeyFromX509(pem: string): PublicKey;
  }

  /** An RSA key to sign with. */
  interface PrivateKey {
    readonly " type": "private key";
  }

  /** An RSA key to verify with. */
  interface PublicKey {
    readonly " type": "public key";
  }

  /** The global jwt: RSA signatures in the compact form of RFC 7515. */
  interface Jwt {
    /** Signs a payload. The header's alg is RS256, RS384, RS512, PS256, PS384 or PS512. */
    build(header: { alg: string, [name: string]: unknown }, payload: object, key: PrivateKey): string;
    /** Reports whether the signature is one of this key. It does not look at the claims. */
    verify(token: string, key: PublicKey): boolean;
  }

  /** The global markdown. */
  interface Markdown {
    /** Renders CommonMark, without what is HTML in it. Throws if it has more than 64 KiB. */
    toHtml(text: string): string;
  }

  // ---- Lists ----

  /** A list that the host returns: an array, and a java.util.List as well. */
  interface List<T> extends Array<T> {
    /** Returns the number of elements. */
    size(): number;
    /** Reports whether there are none. */
    isEmpty(): boolean;
    /** Returns an element, counted from 0. Throws if there is none. */
    get(index: number): T;
    /** Replaces an element and returns the old one. Throws if there is none. */
    set(index: number, element: T): T;
    /** Adds an element at the end and returns true. */
    add(element: T): boolean;
    /** Inserts an element. */
    add(index: number, element: T): void;
    /** Adds elements at the end and reports whether there were any. */
    addAll(elements: readonly T[]): boolean;
    /** Inserts elements and reports whether there were any. */
    addAll(index: number, elements: readonly T[]): boolean;
    /** Removes the element at an index and returns it. Throws if there is none. */
    remove(index: number): T;
    /** Removes the first element that is equal, and reports whether there was one. */
    remove(element: T): boolean;
    /** Removes all elements. */
    clear(): void;
    /** Reports whether an element is equal: the same text, number or object, or an equal date or decimal. */
    contains(element: unknown): boolean;
    /** Returns where the first equal element is, -1 if there is none. */
    indexOf(element: unknown): number;
    /** Returns where the last equal element is, -1 if there is none. */
    lastIndexOf(element: unknown): number;
    /** Returns a copy of the part from one index up to before another. */
    subList(from: number, to: number): List<T>;
    /** Returns an array that is no List. */
    toArray(): T[];
    /** Returns an iterator over the elements. */
    iterator(): ListIterator<T>;
    /** Reports whether other is a list with equal elements. */
    equals(other: unknown): boolean;
    /** Returns "[a, b]". */
    toString(): string;
  }

  /** A java.util.Iterator. */
  interface ListIterator<T> {
    /** Reports whether there is another element. */
    hasNext(): boolean;
    /** Returns it. Throws if there is none. */
    next(): T;
  }

  // ---- Dates ----

  /** A moment. Its parts are those in the time zone of the process. */
  interface JavaDate {
    /** Returns the milliseconds since 1970 in UTC. */
    getTime(): number;
    /** Reports whether this date is before other. */
    before(other: JavaDate): boolean;
    /** Reports whether this date is after other. */
    after(other: JavaDate): boolean;
    /** Reports whether other is the same moment. */
    equals(other: unknown): boolean;
    /** Returns -1, 0 or 1, as this date is before other, the same, or after it. */
    compareTo(other: JavaDate): number;
    /** Returns the date as its class writes it: "Tue Jan 02 15:04:05 UTC 2024" unless that says otherwise. */
    toString(): string;
    /** Returns the year less 1900. */
    getYear(): number;
    /** Returns the month from 0. */
    getMonth(): number;
    /** Returns the day of the month from 1. */
    getDate(): number;
    /** Returns the day of the week from 0, which is Sunday. */
    getDay(): number;
    /** Returns the hour from 0. */
    getHours(): number;
    /** Returns the minute from 0. */
    getMinutes(): number;
    /** Returns the second from 0. */
    getSeconds(): number;
  }

  /** A day. It is written "2024-01-02". */
  interface SqlDate extends JavaDate {
  }

  /** A moment. It is written "2024-01-02 15:04:05.0". */
  interface Timestamp extends JavaDate {
    /** Returns the part of the second, in nanoseconds. */
    getNanos(): number;
  }

  /**
   * What AddableDate and AddableTimestamp have in common. Every method returns a new date. An n takes
   * what an int of Java does, -2147483648 to 2147483647; a fraction is cut off, anything else throws an
   * IllegalArgumentException, and a sum beyond what a date holds an ArithmeticException.
   */
  interface Addable {
    /** Returns the date so many years later; February 29 may become 28. */
    addYears(n: number): this;
    /** Returns the date so many months later; a day that the month lacks is its last. */
    addMonths(n: number): this;
    /** Returns the date so many days later. */
    addDays(n: number): this;
    /** Returns the date so many hours later. */
    addHours(n: number): this;
    /** Returns the date so many minutes later. */
    addMinutes(n: number): this;
    /** Returns the date so many seconds later. */
    addSeconds(n: number): this;
    /** Returns the beginning of the day in the time zone of the process. */
    getFirstTimeInDate(): this;
    /** Returns the last millisecond of the day in the time zone of the process. */
    getLastTimeInDate(): this;
    /** Returns the beginning of the month in the time zone of the process. */
    getFirstTimeInMonth(): this;
    /** Returns the last millisecond of the month in the time zone of the process. */
    getLastTimeInMonth(): this;
    /** Returns the beginning of the year in the time zone of the process. */
    getFirstTimeInYear(): this;
    /** Returns the last millisecond of the year in the time zone of the process. */
    getLastTimeInYear(): this;
  }

  /** A day that can be added to: the value of a DATE. */
  interface AddableDate extends SqlDate, Addable {
    /** Returns the first day of the month. */
    getFirstDateInMonth(): this;
    /** Returns the last day of the month. */
    getLastDateInMonth(): this;
    /** Returns the first day of the year. */
    getFirstDateInYear(): this;
    /** Returns the last day of the year. */
    getLastDateInYear(): this;
  }

  /** A moment that can be added to: the value of a DATETIME. */
  interface AddableTimestamp extends Timestamp, Addable {
  }

  /** The global dateFormatter. Patterns are those of java.text.SimpleDateFormat. */
  interface DateFormatter {
    /** Writes a date, in the time zone of the process. */
    format(pattern: string, date: JavaDate): string;
    /** Writes a date, in the time zone that is named: "UTC", "GMT+0900", "Asia/Tokyo". */
    format(zone: string, pattern: string, date: JavaDate): string;
    /** Reads a date that begins the text. Throws a ParseException if none does. */
    parse(pattern: string, text: string): AddableTimestamp;
    /** Reads a date, in the time zone that is named unless the text tells it. */
    parse(zone: string, pattern: string, text: string): AddableTimestamp;
  }

  // ---- Classes of Java ----

  /** A java.text.SimpleDateFormat. */
  interface SimpleDateFormat {
    /** Writes a date. */
    format(date: JavaDate): string;
    /** Reads a date that begins the text. Throws a ParseException if none does. */
    parse(text: string): JavaDate;
    /** Sets the time zone by its name. It is that of the process at first. */
    setTimeZone(zone: string): void;
  }

  /** A java.util.Locale. */
  interface Locale {
    /** Returns the language, "ja" for example. */
    getLanguage(): string;
    /** Returns the country, "JP" for example. */
    getCountry(): string;
  }

  /** A java.text.DecimalFormat. */
  interface DecimalFormat {
    /** Writes a number. */
    format(number: DecimalLike): string;
    /** Reads a number that begins the text. Throws a ParseException if none does. */
    parse(text: string): number;
  }

  /** What can stand for a decimal number. Text that is none throws a NumberFormatException. */
  type DecimalLike = BigDecimal | number | bigint | string;

  /** How to round. */
  type RoundingMode = "UP" | "DOWN" | "CEILING" | "FLOOR" | "HALF_UP" | "HALF_DOWN" | "HALF_EVEN" | "UNNECESSARY";

  /** A java.math.BigDecimal: an exact decimal number, which never changes. */
  interface BigDecimal {
    /** Returns what JSON.stringify writes: a number, or text with the digits if a number would lose some. */
    toJSON(): number | string;
    /** Returns the sum. */
    add(other: DecimalLike): BigDecimal;
    /** Returns the difference. */
    subtract(other: DecimalLike): BigDecimal;
    /** Returns the product. */
    multiply(other: DecimalLike): BigDecimal;
    /** Returns the exact quotient. Throws an ArithmeticException if it has no end, or other is 0. */
    divide(other: DecimalLike): BigDecimal;
    /** Returns the quotient, rounded to the digits after the point that this number has. */
    divide(other: DecimalLike, mode: RoundingMode): BigDecimal;
    /** Returns the quotient, rounded to that many digits after the point. */
    divide(other: DecimalLike, scale: number, mode: RoundingMode): BigDecimal;
    /** Returns what whole quotients leave. Throws an ArithmeticException if other is 0. */
    remainder(other: DecimalLike): BigDecimal;
    /** Returns the number with the other sign. */
    negate(): BigDecimal;
    /** Returns the number without its sign. */
    abs(): BigDecimal;
    /** Returns the larger one. */
    max(other: DecimalLike): BigDecimal;
    /** Returns the smaller one. */
    min(other: DecimalLike): BigDecimal;
    /** Returns the number with that many digits after the point. Without a mode it throws an ArithmeticException if it has to round. */
    setScale(scale: number, mode?: RoundingMode): BigDecimal;
    /** Returns the number without zeros at the end. */
    stripTrailingZeros(): BigDecimal;
    /** Returns the digits after the point; below zero for zeros before it. */
    scale(): number;
    /** Returns the number of digits. */
    precision(): number;
    /** Returns -1, 0 or 1. */
    signum(): number;
    /** Returns -1, 0 or 1, as this number is less than other, the same, or more. */
    compareTo(other: DecimalLike): number;
    /** Reports whether other has the same value and the same scale: 1.0 does not equal 1.00. */
    equals(other: unknown): boolean;
    /** Returns the whole part's low 32 bits. */
    intValue(): number;
    /** Returns the number if it is whole and has 32 bits. Throws an ArithmeticException otherwise. */
    intValueExact(): number;
    /** Returns the whole part's low 64 bits. */
    longValue(): number;
    /** Returns the number if it is whole and has 64 bits. Throws an ArithmeticException otherwise. */
    longValueExact(): number;
    /** Returns the nearest number of JavaScript. */
    doubleValue(): number;
    /** Returns the nearest number of 32 bits. */
    floatValue(): number;
    /** Returns the number as text, with an exponent where Java writes one: 1E+3. */
    toString(): string;
    /** Returns the number as text without an exponent. */
    toPlainString(): string;
  }

  /** A table of the older dialect: its columns have places and no names. */
  interface ListArray {
    /** Returns the number of rows. */
    size(): number;
    /** Reports whether there are no rows. */
    isEmpty(): boolean;
    /** Adds a row at the end. */
    addRow(row: ListRow): void;
    /** Returns a row, counted from 0. Throws if there is none. */
    getRow(index: number): Row;
    /** Returns the text of a cell. Throws if there is none. */
    get(row: number, column: number): string;
  }

  /** A row of the older dialect. */
  interface ListRow extends Row {
    /** Adds a cell at the end. */
    addCol(value: TextLike | null): void;
  }

  /** The class java.util.ArrayList. */
  interface ArrayListClass {
    /** Makes an empty list. */
    new <T = any>(): List<T>;
    /** Makes an empty list; the capacity makes no difference. */
    new <T = any>(capacity: number): List<T>;
    /** Makes a list of the elements. */
    new <T>(elements: readonly T[]): List<T>;
    /** Makes an empty list. */
    <T = any>(): List<T>;
  }

  /** The class java.util.List: of every list, but of no mere array. */
  interface ListClass {
    [Symbol.hasInstance](value: unknown): value is List<any>;
  }

  /** The class java.lang.String: of all text. */
  interface StringClass {
    [Symbol.hasInstance](value: unknown): value is string;
  }

  /** The class java.math.BigDecimal. */
  interface BigDecimalClass {
    /** Makes a number. Of one that is not whole it takes the exact binary value: 0.1 has 55 digits. */
    new (value: DecimalLike): BigDecimal;
    /** Is new. */
    (value: DecimalLike): BigDecimal;
    /** Makes a number as people write it: 0.1 is 0.1. */
    valueOf(value: DecimalLike): BigDecimal;
    /** Is RoundingMode.UP. */
    readonly ROUND_UP: "UP";
    /** Is RoundingMode.DOWN. */
    readonly ROUND_DOWN: "DOWN";
    /** Is RoundingMode.CEILING. */
    readonly ROUND_CEILING: "CEILING";
    /** Is RoundingMode.FLOOR. */
    readonly ROUND_FLOOR: "FLOOR";
    /** Is RoundingMode.HALF_UP. */
    readonly ROUND_HALF_UP: "HALF_UP";
    /** Is RoundingMode.HALF_DOWN. */
    readonly ROUND_HALF_DOWN: "HALF_DOWN";
    /** Is RoundingMode.HALF_EVEN. */
    readonly ROUND_HALF_EVEN: "HALF_EVEN";
    /** Is RoundingMode.UNNECESSARY. */
    readonly ROUND_UNNECESSARY: "UNNECESSARY";
  }

  /** The constants of java.math.RoundingMode. */
  interface RoundingModeClass {
    /** Away from zero. */
    readonly UP: "UP";
    /** Towards zero. */
    readonly DOWN: "DOWN";
    /** Towards positive infinity. */
    readonly CEILING: "CEILING";
    /** Towards negative infinity. */
    readonly FLOOR: "FLOOR";
    /** To the nearest, a half away from zero. */
    readonly HALF_UP: "HALF_UP";
    /** To the nearest, a half towards zero. */
    readonly HALF_DOWN: "HALF_DOWN";
    /** To the nearest, a half to the even digit. */
    readonly HALF_EVEN: "HALF_EVEN";
    /** Not at all: what would have to be rounded throws an ArithmeticException. */
    readonly UNNECESSARY: "UNNECESSARY";
  }

  /** The class java.util.Date. */
  interface DateClass {
    /** Makes a date of the milliseconds since 1970, or of now. */
    new (milliseconds?: number): JavaDate;
  }

  /** The class java.sql.Date. */
  interface SqlDateClass {
    /** Makes a date of the milliseconds since 1970, or of now. */
    new (milliseconds?: number): SqlDate;
    /** Reads "2024-01-02". Throws an IllegalArgumentException if the text is another. */
    valueOf(text: string): SqlDate;
  }

  /** The class java.sql.Timestamp. */
  interface TimestampClass {
    /** Makes a date of the milliseconds since 1970, or of now. */
    new (milliseconds?: number): Timestamp;
    /** Reads "2024-01-02 15:04:05" with or without a fraction. Throws an IllegalArgumentException if the text is another. */
    valueOf(text: string): Timestamp;
  }

  /** The class com.questetra.bpms.util.AddableDate. */
  interface AddableDateClass {
    /** Makes a date of the milliseconds since 1970, or of now. */
    new (milliseconds?: number): AddableDate;
  }

  /** The class com.questetra.bpms.util.AddableTimestamp. */
  interface AddableTimestampClass {
    /** Makes a date of the milliseconds since 1970, or of now. */
    new (milliseconds?: number): AddableTimestamp;
  }

  /** The class java.text.SimpleDateFormat. */
  interface SimpleDateFormatClass {
    /** Makes a format. Throws an IllegalArgumentException if the pattern is none. */
    new (pattern: string, locale?: Locale | null): SimpleDateFormat;
  }

  /** The class java.text.DecimalFormat. */
  interface DecimalFormatClass {
    /** Makes a format of a pattern such as "#,##0.00". Throws an IllegalArgumentException if it is none. */
    new (pattern: string): DecimalFormat;
  }

  /** The class java.util.Locale. */
  interface LocaleClass {
    /** Makes a locale: ("ja", "JP", "JP") writes years of the Japanese eras. */
    new (language: string, country?: string, variant?: string): Locale;
  }

  /** The class com.questetra.bpms.core.event.scripttask.NewQfile. */
  interface NewQfileClass {
    /**
     * Makes a file. Text is encoded as the content type says, else in UTF-8. Of the
     * content type only the charset is kept; application/octet-stream becomes what the
     * name's extension says. Throws an IllegalArgumentException if it is none.
     */
    new (name: string, contentType: string, content: TextLike | Content): Qfile;
    /** Makes a file of text in a charset. */
    new (name: string, contentType: string, charset: string, text: TextLike): Qfile;
  }

  /** The class com.questetra.bpms.core.model.formdata.ListArray. */
  interface ListArrayClass {
    /** Makes a table without rows. */
    new (): ListArray;
    /** The class of its rows. */
    readonly ListRow: ListRowClass;
  }

  /** The class com.questetra.bpms.core.model.formdata.ListArray.ListRow. */
  interface ListRowClass {
    /** Makes a row without cells. */
    new (): ListRow;
  }

  // ---- Tests ----

  /**
   * An assertion. What does not hold throws, and the test fails unless it catches that.
   * @testOnly
   */
  interface Expectation {
    /**
     * Wants an equal value: the same text, number or boolean, null or undefined for
     * either of them, equal elements in an array or list, equal properties in a plain
     * object, an equal date or decimal, otherwise the same object.
     */
    toEqual(expected: unknown): void;
    /**
     * Wants a function that throws when it is called: an error with exactly this
     * message, or exactly this text. Without a message anything will do.
     */
    toThrow(message?: string): void;
    /** Wants text that begins with another. */
    startsWith(text: string): void;
    /** Wants text that ends with another. */
    endsWith(text: string): void;
    /** Wants text that has another in it. */
    containsString(text: string): void;
  }
}

declare namespace java.lang {
  const String: postern.StringClass;
}

declare namespace java.math {
  const BigDecimal: postern.BigDecimalClass;
  const RoundingMode: postern.RoundingModeClass;
}

declare namespace java.sql {
  const Date: postern.SqlDateClass;
  const Timestamp: postern.TimestampClass;
}

declare namespace java.text {
  const DecimalFormat: postern.DecimalFormatClass;
  const SimpleDateFormat: postern.SimpleDateFormatClass;
}

declare namespace java.util {
  const ArrayList: postern.ArrayListClass;
  const Date: postern.DateClass;
  const List: postern.ListClass;
  const Locale: postern.LocaleClass;
}

declare namespace com.questetra.bpms.core.event.scripttask {
  const NewQfile: postern.NewQfileClass;
}

declare namespace com.questetra.bpms.core.model.formdata {
  const ListArray: postern.ListArrayClass;
}

declare namespace com.questetra.bpms.util {
  const AddableDate: postern.AddableDateClass;
  const AddableTimestamp: postern.AddableTimestampClass;
}

interface String {
  /**
   * Reports whether other is the same text. It is there for scripts that call equals.
   * @legacy
   */
  equals(other: unknown): boolean;
}

interface Number {
  /**
   * Reports whether other is the same number. It is there for scripts that call equals.
   * @legacy
   */
  equals(other: unknown): boolean;
}
