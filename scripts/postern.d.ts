// The script API of Postern as TypeScript types: for editors, and for tsc --checkJs.
//
// Copy this file and jsconfig.json beside your scripts, and your editor will find them.
// Scripts remain plain JavaScript, and do not see each other's declarations. In a JSDoc
// comment, types are written with the namespace: `@param {postern.Qfile} file`.
//
// Comments have two tags: `@testOnly` is available only in tests, `@legacy` only in the
// older dialect.
//
// A `TextLike` argument is converted to text as by String(…). Null and undefined are
// errors: where an argument may be null, its type says so.
//
// A call that fails throws a postern.HostError, or a postern.JavaException where a Java
// class would throw one.

/** Data items, the log, and other properties of the process. */
declare const engine: postern.Engine;

/** The settings of the task, which the workflow's author chose. */
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

/** Formats and parses dates. */
declare const dateFormatter: postern.DateFormatter;

/** Email, and addresses from its headers. */
declare const emailService: postern.EmailService;

/** Posts to feeds. */
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
 * Declares a test. It runs later, in a separate sandbox, into which the script and the
 * tests are loaded again.
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
 * Runs the script under test, at most once in a test. It throws what the script throws. For
 * a script that only declares functions, which has run already, execute throws.
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

  /** Text, or a value that is converted to text as by String(…). */
  type TextLike = string | number | bigint | boolean | BigDecimal | JavaDate;

  /** Bytes: text is encoded in UTF-8, a file is its content. */
  type Content = string | ByteArray | Qfile | ArrayBuffer | Uint8Array;

  /**
   * A value of a data item. A plain object is stored as JSON; dates, options and the like
   * are stored in the form of the item's type.
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

  /** Values of settings that are not text. */
  type SettingObject = DataDefinition | AuthSetting | Quser | Qgroup | boolean;

  /** The error that a failed call of the host throws. */
  interface HostError extends Error {
    /**
     * The kind of error: "invalid_argument", "denied", "unknown_connection",
     * "connection", "needs_reauth", "network", "limit", "timeout" and a few more.
     */
    readonly code: string;
    /** A hint what to do about it, if there is one. */
    readonly hint?: string;
  }

  /** The error that the Java classes throw. */
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
     * Qfile for FILE, a ScriptListArray for LIST, a Quser and a Qgroup. In a test it is the
     * value that was set, unchanged except that an array has become a List.
     */
    findData(definition: DataDefinition): any;
    /**
     * Writes a data item; null clears it. The write is committed if the task succeeds. Throws
     * if the value does not have the item's type, which tests do not check.
     */
    setData(definition: DataDefinition, value: DataValue): void;
    /** The same as findData for the item with that number. Throws if there is none. */
    findDataByNumber(number: number | string): any;
    /** The same as setData for the item with that number. Throws if there is none. */
    setDataByNumber(number: number | string, value: DataValue): void;
    /**
     * Returns the value of the item with that variable name, null if it has none, as plain
     * JavaScript: numbers for DECIMAL, text for dates, arrays. A number with more digits than a
     * JavaScript number can represent, anywhere in the value, is a BigDecimal. Throws if the
     * task declares data items, but not this one.
     */
    findDataByVarName(varName: string): any;
    /** Writes the item with that variable name, as setData does. */
    setDataByVarName(varName: string, value: DataValue): void;
    /** Returns the definition with that number, null if there is none. */
    findDataDefinitionByNumber(number: number | string): DataDefinition | null;
    /** Returns the definition with that variable name, null if there is none. */
    findDataDefinitionByVarName(varName: string): DataDefinition | null;
    /** Keeps text for the next run of the same step, which calls proceed(). */
    saveTemporaryData(text: TextLike): void;
    /** Returns the text that was kept last, null if there is none. It is not removed. */
    restoreTemporaryData(): string | null;
    /** Returns the time zone of the process: "UTC", "GMT+09:00", "Europe/Vienna". */
    getTimeZoneId(): string;
    /** Returns the current offset of the time zone from UTC in minutes, positive east of Greenwich. */
    getTimeZoneOffsetInMinutes(): number;
    /** Reports whether a process has been started for the item with this id. */
    isProcessStarted(id: string): boolean;
    /** Sets whether to start a process for the request that post responds to. Default false. */
    setStartProcess(start: boolean): void;

    /**
     * Creates a data item without a value. Definitions with the same number or name have
     * separate values; a lookup by number or name finds the last one created.
     * @testOnly
     */
    createDataDefinition(name: string, number: number, varName: string | null, type: DataType): DataDefinition;
    /**
     * Creates an option of a select item.
     * @testOnly
     */
    createItem(value: string, display: string): Item;
    /**
     * Creates a file, as new NewQfile(…) does.
     * @testOnly
     */
    createQfile(name: string, contentType: string, content: Content): Qfile;
    /**
     * Creates a file of text in a charset.
     * @testOnly
     */
    createQfile(name: string, contentType: string, charset: string, text: string): Qfile;
    /**
     * Creates a user that quserDao can find.
     * @testOnly
     */
    createQuser(id: number, name: string, email: string): Quser;
    /**
     * Creates a group that qgroupDao can find.
     * @testOnly
     */
    createQgroup(id: number, name: string, email?: string | null, parent?: Qgroup | null): Qgroup;
    /**
     * Creates the bytes of text in UTF-8.
     * @testOnly
     */
    createByteArray(text: string): ByteArray;
    /**
     * Creates headers of a webhook request, empty at first.
     * @testOnly
     */
    createHttpHeaders(): HttpHeaders;
    /**
     * Makes isProcessStarted return true for this id.
     * @testOnly
     */
    addProcessStartedSet(id: string): void;
    /**
     * Reports whether the script has requested a process with setStartProcess.
     * @testOnly
     */
    isStartProcess(): boolean;
    /**
     * Sets the time zone of the process: minutes east of UTC, ±18 hours at most. Default
     * GMT+09:00. The Java classes keep the default, so that dates keep their local time.
     * @testOnly
     */
    setTimeZoneOffsetInMinutes(minutes: number): void;
  }

  /** The definition of a data item. */
  interface DataDefinition {
    /** Returns the display name of the item. */
    getName(): string;
    /** Returns the number of the item. */
    getNumber(): number;
    /** Returns the variable name of the item, null if it has none. */
    getVarName(): string | null;
    /**
     * Reports whether the item has this type or belongs to this family of types: "STRING" is
     * every text, "SELECT" every select item, "DATE" also DATE_YMD, "STRING_MULTILINE" text of
     * several lines. Separate alternatives by |.
     */
    matchDataType(type: string): boolean;
    /** Returns the columns of a LIST; none for other types. */
    getSubDataDefinitions(): List<ColumnDefinition>;
    /** Returns a new table without rows. Throws if the item is not a LIST. */
    createListArray(): ScriptListArray;

    /**
     * Adds a column to a LIST.
     * @testOnly
     */
    addSubDataDefinition(name: string, varName: string | null, type: DataType): void;
    /**
     * Adds a column for numbers with that many digits after the point; null keeps numbers as
     * written. The last two arguments control how the number is shown and are ignored.
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
    /** Returns the display name of the column. */
    getName(): string;
    /** Returns the variable name of the column, null if it has none. */
    getVarName(): string | null;
    /** The same as matchDataType of DataDefinition. */
    matchDataType(type: string): boolean;
  }

  /** The global itemDao. */
  interface ItemDao {
    /**
     * Returns the options of a select item, by its definition, number or name. The second
     * argument is ignored.
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
    /** Returns the value, which identifies the option. */
    getValue(): string;
    /** Returns the text shown to users. */
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

  /** A row of a table. A column is given by its index, from 0, or its variable name. */
  interface Row {
    /** Returns the number of cells. */
    size(): number;
    /** Returns the text of a cell, "" if it is empty. */
    get(column: number | string): string;
    /** Returns a cell by the type of its column: text, a BigDecimal or an SqlDate; null if it is empty. */
    getObject(column: number | string): string | BigDecimal | SqlDate | null;
    /**
     * Sets a cell; null clears it. In a column of numbers the value is rounded half up to the
     * digits after the point that the column shows. Throws if it is not a number.
     */
    setCol(column: number | string, value: TextLike | null): void;
    /** The same as setCol. */
    put(column: number | string, value: TextLike | null): void;
  }

  /** The global data. Items are given by their number or variable name. */
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
     * Returns a setting as an object: a DataDefinition, an AuthSetting, a Quser, a Qgroup, or
     * true or false for a switch. Returns null for text and for a setting that is not set.
     */
    getObject(name: string): any;
    /**
     * Sets a setting to text; null unsets it.
     * @testOnly
     */
    put(name: string, value: TextLike | null | undefined): void;
    /**
     * Sets a setting to an object; null unsets it.
     * @testOnly
     */
    putObject(name: string, value: SettingObject | null): void;
  }

  /** The global processInstance. */
  interface ProcessInstance {
    /** Returns the number of the process. */
    getProcessInstanceId(): number;
    /** Returns the number of the process model. */
    getProcessModelInfoId(): number;
    /** Reports whether the process is a trial run. */
    getProcessInstanceDebug(): boolean;
  }

  /** The global quserDao. */
  interface QuserDao {
    /** Returns the user with this email address, without regard to case; null if there is none. */
    findByEmail(email: string | null): Quser | null;
    /** Returns the user with this id, null if there is none. */
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
    /** Returns the group with this id, null if there is none. */
    findById(id: number | string): Qgroup | null;
    /** Returns the direct subgroups of a group. */
    findChildQgroups(group: Qgroup): List<Qgroup>;
    /** Returns the subgroups of a group on all levels, upper ones first. */
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
   * The global console. Arrays, objects, maps and sets are written in a notation like JSON. If the first argument is
   * text, `%s`, `%d`, `%i`, `%f`, `%j`, `%o` and `%O` in it are replaced by the arguments after it.
   */
  interface Console {
    /** Adds a line of level debug. */
    debug(...values: unknown[]): void;
    /** Adds a line of level info. */
    info(...values: unknown[]): void;
    /** The same as info. */
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
    /** Returns how many requests the task may send in total, including those of `retry` but not redirects. The next one throws. */
    getRequestingLimit(): number;
    /**
     * Returns the access token of a connection. Unless the connection is unsealed, it is a
     * stand-in that is valid only as the credential of requests to the connection's hosts, as
     * in `bearer`. In a test it is the token of the auth setting of that name in configs.
     * Throws if the connection is unknown or cannot obtain a token.
     */
    getOAuth2Token(connection: string | AuthSetting): string;
    /**
     * Returns metadata of that token. If there is none yet, it obtains one. In a test only the
     * scope of the setting is known. Throws as getOAuth2Token does.
     */
    getOAuth2TokenInfo(connection: string | AuthSetting): TokenInfo;
    /** Returns the token of the connection that is named like a service of Google, "Drive" for example. */
    getGoogleOAuth2Token(user: Quser, service: string): string;

    /**
     * Sets the function that responds to the script's requests. The call that sends a request
     * throws what the function throws. Without a handler every request throws.
     * @testOnly
     */
    setRequestHandler(handler: (request: SentRequest) => HttpResponse): void;
    /**
     * Creates a response. Text is encoded in the charset of the content type, default UTF-8.
     * @testOnly
     */
    createHttpResponse(status: number, contentType: string | null, body?: string | ByteArray | ArrayBuffer | Uint8Array | null): HttpResponse;
    /**
     * Creates a setting for basic authentication.
     * @testOnly
     */
    createAuthSettingBasic(name: string, user: string, password: string): AuthSetting;
    /**
     * Creates a setting with a fixed token.
     * @testOnly
     */
    createAuthSettingToken(name: string, token: string): AuthSetting;
    /**
     * Creates a setting for the authorization code grant.
     * @testOnly
     */
    createAuthSettingOAuth2(name: string, authorizationUrl: string, tokenUrl: string, scope: string, clientId: string, clientSecret: string, accessToken: string): AuthSetting;
    /**
     * Creates a setting for the client credentials grant.
     * @testOnly
     */
    createAuthSettingOAuth2ClientCredentials(name: string, tokenUrl: string, scope: string, clientId: string, clientSecret: string, accessToken: string): AuthSetting;
    /**
     * Creates a setting for oauth2JwtBearer. Missing arguments are "".
     * @testOnly
     */
    createAuthSettingOAuth2JwtBearer(name: string, scope: string, clientId?: string, clientSecret?: string, privateKeyId?: string, privateKey?: string, customSecret1?: string, customSecret2?: string): AuthSetting;
  }

  /** A request builder. Every setter changes it and returns it. */
  interface HttpRequest {
    /** Adds a parameter to the URL's query. */
    queryParam(name: TextLike, value: TextLike): this;
    /** Adds a field of a form, which is sent as the body. */
    formParam(name: TextLike, value: TextLike): this;
    /** Adds a header. The case of its name is kept in HTTP/1.1; HTTP/2 sends lower case. */
    header(name: TextLike, value: TextLike): this;
    /** Authenticates with a bearer token (RFC 6750). The last credential set is the one sent. */
    bearer(token: TextLike): this;
    /** Authenticates with a user name and a password (RFC 7617). */
    basic(user: TextLike, password: TextLike): this;
    /** Sends `Authorization: scheme credentials`. */
    authorization(scheme: TextLike, credentials: TextLike): this;
    /** Authenticates with a setting, or with the connection of that name; a test has no connections. */
    authSetting(setting: AuthSetting | string): this;
    /**
     * Authenticates with a token that is obtained with an assertion (RFC 7523) when the
     * request is sent. The function requests the token and returns the parsed token response.
     * It is not called for a connection of the host, which signs the assertion itself.
     */
    oauth2JwtBearer(setting: AuthSetting, getToken: (setting: AuthSetting) => { access_token: string }): this;
    /** Authenticates with the connection that is named like a service of Google, "Drive" for example. */
    googleOAuth2(user: Quser, service: string): this;
    /** Signs the request with AWS Signature Version 4. */
    awsSignV4(accessKey: TextLike, secretKey: TextLike, region: TextLike, service: TextLike): this;
    /** Sets the body. Text is encoded in the charset of the content type, default UTF-8. */
    body(content: TextLike | Content, contentType: TextLike): this;
    /** Sets a file as the body, with the file's content type. */
    body(file: Qfile): this;
    /** Adds a part of a multipart body (RFC 7578). */
    multipart(name: TextLike, content: TextLike | Content): this;
    /**
     * Sets how many times the request is sent again when the response is 429 or 503, and, for
     * GET, HEAD, OPTIONS, QUERY, PUT and DELETE, when the network failed before a response.
     * Default 0. It waits for the time in `Retry-After`, otherwise 1, 2, 4 seconds and so on.
     * When the time of the task or its number of requests does not suffice for another attempt,
     * the last response or error is the result. Every attempt counts towards
     * `getRequestingLimit()`.
     */
    retry(times: number): this;
    /** Sends the request and returns the response, whatever its status. Throws if there is no response. */
    get(url: TextLike): HttpResponse;
    /** The same as get, with the method POST. */
    post(url: TextLike): HttpResponse;
    /** The same as get, with the method PUT. */
    put(url: TextLike): HttpResponse;
    /** The same as get, with the method PATCH. */
    patch(url: TextLike): HttpResponse;
    /** The same as get, with the method DELETE. */
    delete(url: TextLike): HttpResponse;
    /** The same as get, with the method HEAD. */
    head(url: TextLike): HttpResponse;
  }

  /** The response to a request. */
  interface HttpResponse {
    /** Returns the status code, 200 for example. */
    getStatusCode(): number;
    /** Returns the body as text, decoded by the charset of its content type, default UTF-8. */
    getResponseAsString(): string;
    /** Returns the body. */
    getResponse(): ByteArray;
    /** Returns the media type without its parameters, null if the response has no content type. */
    getContentType(): string | null;
    /** Returns the charset of the content type, null if it names none. */
    getCharset(): string | null;
    /** Returns the values of a header, without regard to the case of its name; an empty list if it is missing. */
    getHeaderValues(name: string): List<string>;
    /**
     * Adds a header.
     * @testOnly
     */
    addHeader(name: string, value: TextLike): this;
  }

  /** A setting for authentication. Values that are not set are "". */
  interface AuthSetting {
    /** Returns the name. */
    getName(): string;
    /** Returns the access token, of a connection as getOAuth2Token does. */
    getToken(): string;
    /** Returns the scopes, separated by spaces. */
    getScope(): string;
    /** Returns the client id. */
    getClientId(): string;
    /** Returns the id of the key that signs assertions. */
    getPrivateKeyId(): string;
    /** Returns the private key. Throws for a connection, as the next two methods do. */
    getPrivateKey(): string;
    /** Returns the first custom secret. */
    getCustomSecret1(): string;
    /** Returns the second custom secret. */
    getCustomSecret2(): string;
  }

  /**
   * Metadata of a token. Further properties are the fields of the token response that the
   * operator of the connection exposes to scripts, by their paths.
   */
  interface TokenInfo {
    /** The token type, "Bearer" unless the server returned another. */
    readonly token_type: string;
    /** The granted scopes, separated by spaces. */
    readonly scope: string;
    /** When the token expires, "2030-01-02T15:04:05Z" for example; null if unknown. */
    readonly expires_at: string | null;
    readonly [name: string]: string | number | boolean | null;
  }

  /** The argument of the function post of a webhook start event. */
  interface WebhookRequest {
    /** The body as text, in the charset of its Content-Type. */
    readonly body: string;
    /** The body as received. */
    readonly bodyBytes: ByteArray;
    /** The headers. */
    readonly headers: HttpHeaders;
    /** The method, such as "POST". */
    readonly method: string;
    /** The URL, with its query, as far as the host passes it on; "" if not. */
    readonly url: string;
  }

  /** The headers of a webhook request. Names are case-insensitive. */
  interface HttpHeaders {
    /** Returns the first value of a header, null if it is missing. */
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
   * A request as the handler of a test receives it.
   * @testOnly
   */
  interface SentRequest {
    /** The URL, with the encoded query. */
    readonly url: string;
    /** The method, in upper case. */
    readonly method: string;
    /** The content type of the body, null without one. */
    readonly contentType: string | null;
    /** The body: text for any kind of content, SentParts of a multipart body, null without one. */
    readonly body: any;
    /** The headers, including Authorization. */
    readonly headers: SentHeaders;
  }

  /**
   * The headers of a request, by their names as written in the script.
   * @testOnly
   */
  interface SentHeaders {
    /** Returns a header, without regard to the case of its name; null if it is missing. */
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
    /** Returns the parts with a name, as passed to multipart; null if there are none. */
    get(name: string): List<any> | null;
    /** Reports whether there is a part with this name. */
    containsKey(name: string): boolean;
  }

  // ---- Messages ----

  /** The global emailService. */
  interface EmailService {
    /** Begins a message. */
    begin(): Email;
    /** Returns the addresses of a header such as To; an empty list if it is null or one of them is invalid. */
    parseAddressHeader(header: string | null | undefined): List<MailAddress>;
  }

  /** A message builder. Every setter changes it and returns it. */
  interface Email {
    /** Adds a recipient. */
    addTo(address: string, name?: string | null): this;
    /** Sets the sender. */
    setFrom(address: string, name?: string | null): this;
    /** Sets the reply-to address. */
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
    /** Returns the display name, null if there is none. */
    getPersonal(): string | null;
  }

  /** The global feedService. */
  interface FeedService {
    /** Begins a post. */
    begin(): FeedPost;
    /**
     * Sets the function that handles the script's posts and returns their numbers. Without a
     * handler every post throws.
     * @testOnly
     */
    setPostHandler(handler: (post: SentPost) => number): void;
  }

  /** A post builder. Every setter changes it and returns it. */
  interface FeedPost {
    /** Sets the channel. */
    setChannel(name: TextLike): this;
    /** Sets the text. */
    setMessage(text: TextLike): this;
    /** Sets the text, in Markdown. */
    setMarkdown(text: TextLike): this;
    /** Makes the post a reply to the post with this number. */
    setMessageId(id: number | string | BigDecimal | null): this;
    /** Adds a file. */
    attachFile(file: Qfile): this;
    /** Sets the group that the post is shared with. */
    setShareQgroup(group: Qgroup): this;
    /** Posts if the task succeeds, and returns the number of the post. */
    post(): number;
  }

  /**
   * A post as the handler of a test receives it.
   * @testOnly
   */
  interface SentPost {
    /** The channel, null if it was not set. */
    readonly channel: string | null;
    /** The number of the post that it replies to, null if there is none. */
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

  /** The global fileRepository. Charset names are those of Java, the IANA registry or the WHATWG standard. */
  interface FileRepository {
    /** Returns the content. */
    readFile(file: Qfile): ByteArray;
    /** Returns the content as text. Malformed input becomes U+FFFD. */
    readFile(file: Qfile, charset: string): string;
    /** Calls a function with each line, without its line break. */
    readFile(file: Qfile, charset: string, each: (line: string) => void): void;
    /** Calls a function with successive parts of the content, each of at most that many bytes. */
    readFile(file: Qfile, size: number, each: (packet: ByteArray) => void): void;
  }

  /** An opaque byte array: a script can pass it on but not read it. */
  interface ByteArray {
    readonly " type": "byte array";
    /** Returns the number of bytes. */
    getLength(): number;
  }

  /** The global base64. Output is padded; input may be padded or not. */
  interface Base64 {
    /** Encodes with + and /. */
    encodeToString(content: Content): string;
    /** Encodes with - and _, for URLs. */
    encodeToUrlSafeString(content: Content): string;
    /** Decodes to text, in UTF-8 unless a charset is named. Throws if the text is not base64. */
    decodeFromString(text: string, charset?: string | null): string;
    /** The same as decodeFromString, for text of encodeToUrlSafeString. */
    decodeFromUrlSafeString(text: string, charset?: string | null): string;
    /** Decodes to bytes. Throws if the text is not base64. */
    decodeFromStringToByteArray(text: string): ByteArray;
    /** The same as decodeFromStringToByteArray, for text of encodeToUrlSafeString. */
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

  /** The global rsa. A PEM may be indented, and its line breaks may be escaped as \n. */
  interface Rsa {
    /** Reads a private key in PKCS #8 or PKCS #1. Throws if the PEM has none. */
    readKeyFromPkcs8(pem: string): PrivateKey;
    /** Reads a public key, or that of a certificate. Throws if the PEM has none. */
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
    /** Reports whether the signature is valid for this key. It does not check the claims. */
    verify(token: string, key: PublicKey): boolean;
  }

  /** The global markdown. */
  interface Markdown {
    /** Renders CommonMark, without raw HTML. Throws for more than 64 KiB. */
    toHtml(text: string): string;
  }

  // ---- Lists ----

  /** A list of the API: an array with the methods of java.util.List. */
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
    /** Returns the index of the first equal element, -1 if there is none. */
    indexOf(element: unknown): number;
    /** Returns the index of the last equal element, -1 if there is none. */
    lastIndexOf(element: unknown): number;
    /** Returns a copy of the part from one index up to before another. */
    subList(from: number, to: number): List<T>;
    /** Returns a plain array. */
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
    /** Returns the next element. Throws if there is none. */
    next(): T;
  }

  // ---- Dates ----

  /** A point in time. Its parts are in the time zone of the process. */
  interface JavaDate {
    /** Returns the milliseconds since 1970 in UTC. */
    getTime(): number;
    /** Reports whether this date is before other. */
    before(other: JavaDate): boolean;
    /** Reports whether this date is after other. */
    after(other: JavaDate): boolean;
    /** Reports whether other is the same point in time. */
    equals(other: unknown): boolean;
    /** Returns -1, 0 or 1 if this date is before, equal to or after other. */
    compareTo(other: JavaDate): number;
    /** Returns the date as text, such as "Tue Jan 02 15:04:05 UTC 2024"; subclasses have other formats. */
    toString(): string;
    /** Returns the year minus 1900. */
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
    /** Returns how many minutes the time zone is behind UTC: negative east of Greenwich. */
    getTimezoneOffset(): number;
    /** Returns the date in UTC as text, such as "2 Jan 2024 15:04:05 GMT". */
    toGMTString(): string;
    /** Returns the date as text, such as "Jan 2, 2024, 3:04:05 PM". */
    toLocaleString(): string;
    /** Returns a copy. */
    clone(): this;
    /** Sets the milliseconds since 1970 in UTC. */
    setTime(milliseconds: number): void;
    /** Sets the year, minus 1900. Here as in the next methods, a value out of range carries over: day 0 is the last one of the month before. */
    setYear(year: number): void;
    /** Sets the month from 0. */
    setMonth(month: number): void;
    /** Sets the day of the month from 1. */
    setDate(date: number): void;
    /** Sets the hour from 0. */
    setHours(hours: number): void;
    /** Sets the minute from 0. */
    setMinutes(minutes: number): void;
    /** Sets the second from 0. */
    setSeconds(seconds: number): void;
  }

  /** A day. Its text is "2024-01-02". */
  interface SqlDate extends JavaDate {
  }

  /** A point in time. Its text is "2024-01-02 15:04:05.0". */
  interface Timestamp extends JavaDate {
    /** Returns the fraction of the second, in nanoseconds. */
    getNanos(): number;
    /** Sets the fraction of the second, in nanoseconds. Throws an IllegalArgumentException if it is not from 0 to 999999999. */
    setNanos(nanos: number): void;
  }

  /**
   * The common methods of AddableDate and AddableTimestamp. Every method returns a new date. The range
   * of n is that of a Java int, -2147483648 to 2147483647; a fraction is dropped. Any other argument
   * throws an IllegalArgumentException, and a result out of range an ArithmeticException.
   */
  interface Addable {
    /** Returns the date n years later; February 29 may become 28. */
    addYears(n: number): this;
    /** Returns the date n months later; a day that the month lacks becomes its last day. */
    addMonths(n: number): this;
    /** Returns the date n days later. */
    addDays(n: number): this;
    /** Returns the date n hours later. */
    addHours(n: number): this;
    /** Returns the date n minutes later. */
    addMinutes(n: number): this;
    /** Returns the date n seconds later. */
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

  /** A day with methods that add: the value of a DATE. */
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

  /** A point in time with methods that add: the value of a DATETIME. */
  interface AddableTimestamp extends Timestamp, Addable {
  }

  /** The global dateFormatter. Patterns are those of java.text.SimpleDateFormat. */
  interface DateFormatter {
    /** Formats a date in the time zone of the process. */
    format(pattern: string, date: JavaDate): string;
    /** Formats a date in a time zone: "UTC", "GMT+0900", "Asia/Tokyo". */
    format(zone: string, pattern: string, date: JavaDate): string;
    /** Parses a date at the start of the text. Throws a ParseException if there is none. */
    parse(pattern: string, text: string): AddableTimestamp;
    /** Parses a date in a time zone, which a zone in the text overrides. */
    parse(zone: string, pattern: string, text: string): AddableTimestamp;
  }

  // ---- Classes of Java ----

  /** A java.text.SimpleDateFormat. */
  interface SimpleDateFormat {
    /** Formats a date, or the milliseconds since 1970. */
    format(date: JavaDate | Date | number): string;
    /** Parses a date at the start of the text. Throws a ParseException if there is none. */
    parse(text: string): JavaDate;
    /** Sets whether numbers may be out of range when text is parsed: February 30 is March 1 or 2. Default true. */
    setLenient(lenient: boolean): void;
    /** Sets the time zone, or the one of that name. Default: that of the process. */
    setTimeZone(zone: TimeZone | string): void;
  }

  /** A java.util.TimeZone. */
  interface TimeZone {
    /** Returns its name. */
    getID(): string;
    /** Returns its name. */
    toString(): string;
  }

  /** A java.util.Locale. */
  interface Locale {
    /** Returns the language, "ja" for example. */
    getLanguage(): string;
    /** Returns the country, "JP" for example. */
    getCountry(): string;
    /** Returns the parts with underscores between them, such as "ja_JP". */
    toString(): string;
  }

  /** A java.text.DecimalFormat. */
  interface DecimalFormat {
    /** Formats a number. */
    format(number: DecimalLike): string;
    /** Parses a number at the start of the text. Throws a ParseException if there is none. */
    parse(text: string): number;
    /** Sets how format rounds: default HALF_EVEN; UNNECESSARY is not supported. */
    setRoundingMode(mode: RoundingMode): void;
  }

  /** An argument that is a decimal number. Text that is not one throws a NumberFormatException. */
  type DecimalLike = BigDecimal | number | bigint | string;

  /** A rounding mode. */
  type RoundingMode = "UP" | "DOWN" | "CEILING" | "FLOOR" | "HALF_UP" | "HALF_DOWN" | "HALF_EVEN" | "UNNECESSARY";

  /** A java.math.BigDecimal: an exact, immutable decimal number. */
  interface BigDecimal {
    /** Returns the value for JSON.stringify: a number, or text with the digits if a number would lose some. */
    toJSON(): number | string;
    /** Returns the sum. */
    add(other: DecimalLike): BigDecimal;
    /** Returns the difference. */
    subtract(other: DecimalLike): BigDecimal;
    /** Returns the product. */
    multiply(other: DecimalLike): BigDecimal;
    /** Returns the exact quotient. Throws an ArithmeticException if its digits never end, or other is 0. */
    divide(other: DecimalLike): BigDecimal;
    /** Returns the quotient, rounded to the digits after the point that this number has. */
    divide(other: DecimalLike, mode: RoundingMode): BigDecimal;
    /** Returns the quotient, rounded to that many digits after the point. */
    divide(other: DecimalLike, scale: number, mode: RoundingMode): BigDecimal;
    /** Returns the remainder. Throws an ArithmeticException if other is 0. */
    remainder(other: DecimalLike): BigDecimal;
    /** Returns the whole part of the quotient. Throws an ArithmeticException if other is 0. */
    divideToIntegralValue(other: DecimalLike): BigDecimal;
    /** Returns the power. Throws an ArithmeticException if n is not from 0 to 999999999. */
    pow(n: number): BigDecimal;
    /** Returns the number with the point moved n digits to the left. */
    movePointLeft(n: number): BigDecimal;
    /** Returns the number with the point moved n digits to the right. */
    movePointRight(n: number): BigDecimal;
    /** Returns the number multiplied by 10 to the power of n, with the same digits. */
    scaleByPowerOfTen(n: number): BigDecimal;
    /** Returns the negated number. */
    negate(): BigDecimal;
    /** Returns the absolute value. */
    abs(): BigDecimal;
    /** Returns the larger one. */
    max(other: DecimalLike): BigDecimal;
    /** Returns the smaller one. */
    min(other: DecimalLike): BigDecimal;
    /** Returns the number with that many digits after the point. Without a mode, rounding throws an ArithmeticException. */
    setScale(scale: number, mode?: RoundingMode): BigDecimal;
    /** Returns the number without trailing zeros. */
    stripTrailingZeros(): BigDecimal;
    /** Returns the number of digits after the point; negative for zeros before it. */
    scale(): number;
    /** Returns the number of digits. */
    precision(): number;
    /** Returns -1, 0 or 1. */
    signum(): number;
    /** Returns -1, 0 or 1 if this number is less than, equal to or greater than other. */
    compareTo(other: DecimalLike): number;
    /** Reports whether other has the same value and the same scale: 1.0 does not equal 1.00. */
    equals(other: unknown): boolean;
    /** Returns the low 32 bits of the integer part. */
    intValue(): number;
    /** Returns the number if it is an integer of 32 bits. Throws an ArithmeticException otherwise. */
    intValueExact(): number;
    /** Returns the low 64 bits of the integer part. */
    longValue(): number;
    /** Returns the number if it is an integer of 64 bits. Throws an ArithmeticException otherwise. */
    longValueExact(): number;
    /** Returns the nearest JavaScript number. */
    doubleValue(): number;
    /** Returns the nearest 32-bit floating-point number. */
    floatValue(): number;
    /** Returns the number as text, with an exponent where Java uses one: 1E+3. */
    toString(): string;
    /** Returns the number as text without an exponent. */
    toPlainString(): string;
  }

  /** A table of the older dialect: its columns have no names. */
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
    /** Creates an empty list. */
    new <T = any>(): List<T>;
    /** Creates an empty list; the capacity is ignored. */
    new <T = any>(capacity: number): List<T>;
    /** Creates a list of the elements. */
    new <T>(elements: readonly T[]): List<T>;
    /** Creates an empty list. */
    <T = any>(): List<T>;
  }

  /** The class java.util.List: lists, but not plain arrays. */
  interface ListClass {
    [Symbol.hasInstance](value: unknown): value is List<any>;
  }

  /** The class java.lang.String: all text. */
  interface StringClass {
    /** Returns a value as text, null as "null". */
    valueOf(value: unknown): string;
    [Symbol.hasInstance](value: unknown): value is string;
  }

  /** The class java.math.BigDecimal. */
  interface BigDecimalClass {
    /** Creates a number. A fraction has its exact binary value: 0.1 has 55 digits. */
    new (value: DecimalLike): BigDecimal;
    /** The same as new. */
    (value: DecimalLike): BigDecimal;
    /** Creates a number from its shortest decimal form: 0.1 is 0.1. */
    valueOf(value: DecimalLike): BigDecimal;
    /** The number 0. */
    readonly ZERO: BigDecimal;
    /** The number 1. */
    readonly ONE: BigDecimal;
    /** The number 10. */
    readonly TEN: BigDecimal;
    /** The same as RoundingMode.UP. */
    readonly ROUND_UP: "UP";
    /** The same as RoundingMode.DOWN. */
    readonly ROUND_DOWN: "DOWN";
    /** The same as RoundingMode.CEILING. */
    readonly ROUND_CEILING: "CEILING";
    /** The same as RoundingMode.FLOOR. */
    readonly ROUND_FLOOR: "FLOOR";
    /** The same as RoundingMode.HALF_UP. */
    readonly ROUND_HALF_UP: "HALF_UP";
    /** The same as RoundingMode.HALF_DOWN. */
    readonly ROUND_HALF_DOWN: "HALF_DOWN";
    /** The same as RoundingMode.HALF_EVEN. */
    readonly ROUND_HALF_EVEN: "HALF_EVEN";
    /** The same as RoundingMode.UNNECESSARY. */
    readonly ROUND_UNNECESSARY: "UNNECESSARY";
  }

  /** The constants of java.math.RoundingMode. */
  interface RoundingModeClass {
    /** Returns the constant of that name. Throws an IllegalArgumentException if there is none. */
    valueOf(name: string): RoundingMode;
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
    /** No rounding: throws an ArithmeticException if the result is not exact. */
    readonly UNNECESSARY: "UNNECESSARY";
  }

  /** The class java.util.Date. */
  interface DateClass {
    /** Creates a date from the milliseconds since 1970; default: now. */
    new (milliseconds?: number): JavaDate;
    /** Creates a date from its parts in the time zone of the process: the year minus 1900, the month from 0. A value out of range carries over. */
    new (year: number, month: number, date: number): JavaDate;
    /** The same with a time. */
    new (year: number, month: number, date: number, hours: number, minutes: number, seconds?: number): JavaDate;
  }

  /** The class java.sql.Date. */
  interface SqlDateClass {
    /** Creates a date from the milliseconds since 1970; default: now. */
    new (milliseconds?: number): SqlDate;
    /** Creates a date: the year minus 1900, the month from 0. A value out of range carries over. */
    new (year: number, month: number, date: number): SqlDate;
    /** Parses "2024-01-02". Throws an IllegalArgumentException for other formats. */
    valueOf(text: string): SqlDate;
  }

  /** The class java.sql.Timestamp. */
  interface TimestampClass {
    /** Creates a date from the milliseconds since 1970; default: now. */
    new (milliseconds?: number): Timestamp;
    /** Creates a date from its parts in the time zone of the process: the year minus 1900, the month from 0. A value out of range carries over. */
    new (year: number, month: number, date: number, hours: number, minutes: number, seconds: number, nanos: number): Timestamp;
    /** Parses "2024-01-02 15:04:05" with an optional fraction. Throws an IllegalArgumentException for other formats. */
    valueOf(text: string): Timestamp;
  }

  /** The class com.questetra.bpms.util.AddableDate. */
  interface AddableDateClass {
    /** Creates a date from the milliseconds since 1970; default: now. */
    new (milliseconds?: number): AddableDate;
    /** The same as valueOf of java.sql.Date, whose result it has. */
    valueOf(text: string): SqlDate;
  }

  /** The class com.questetra.bpms.util.AddableTimestamp. */
  interface AddableTimestampClass {
    /** Creates a date from the milliseconds since 1970; default: now. */
    new (milliseconds?: number): AddableTimestamp;
    /** The same as valueOf of java.sql.Timestamp, whose result it has. */
    valueOf(text: string): Timestamp;
  }

  /** The class java.text.SimpleDateFormat. */
  interface SimpleDateFormatClass {
    /** Creates a format. Throws an IllegalArgumentException if the pattern is invalid. */
    new (pattern: string, locale?: Locale | null): SimpleDateFormat;
  }

  /** The class java.text.DecimalFormat. */
  interface DecimalFormatClass {
    /** Creates a format from a pattern such as "#,##0.00". Throws an IllegalArgumentException if it is invalid. */
    new (pattern: string): DecimalFormat;
  }

  /** The class java.util.Locale. */
  interface LocaleClass {
    /** Creates a locale: ("ja", "JP", "JP") formats years of the Japanese eras. */
    new (language: string, country?: string, variant?: string): Locale;
    /** English. */
    readonly ENGLISH: Locale;
    /** Japanese, in Japan. */
    readonly JAPAN: Locale;
    /** Japanese. */
    readonly JAPANESE: Locale;
    /** No language: names are English. */
    readonly ROOT: Locale;
    /** English, in the United Kingdom. */
    readonly UK: Locale;
    /** English, in the United States. */
    readonly US: Locale;
  }

  /** The class java.util.TimeZone. */
  interface TimeZoneClass {
    /** Returns the time zone of that name: "UTC", "GMT+09:00", "Asia/Tokyo". Throws an IllegalArgumentException if there is none. */
    getTimeZone(id: string): TimeZone;
  }

  /** The class com.questetra.bpms.core.event.scripttask.NewQfile. */
  interface NewQfileClass {
    /**
     * Creates a file. Text is encoded in the charset of the content type, default UTF-8. All
     * other parameters of the content type are dropped; application/octet-stream is replaced
     * by the type of the name's extension. Throws an IllegalArgumentException if the content
     * type is invalid.
     */
    new (name: string, contentType: string, content: TextLike | Content): Qfile;
    /** Creates a file of text in a charset. */
    new (name: string, contentType: string, charset: string, text: TextLike): Qfile;
  }

  /** The class com.questetra.bpms.core.model.formdata.ListArray. */
  interface ListArrayClass {
    /** Creates a table without rows. */
    new (): ListArray;
    /** The class of its rows. */
    readonly ListRow: ListRowClass;
  }

  /** The class com.questetra.bpms.core.model.formdata.ListArray.ListRow. */
  interface ListRowClass {
    /** Creates a row without cells. */
    new (): ListRow;
  }

  // ---- Tests ----

  /**
   * An assertion. If it does not hold it throws, and the test fails unless it catches that.
   * @testOnly
   */
  interface Expectation {
    /**
     * Expects an equal value: the same text, number or boolean, null or undefined for either of
     * them, equal elements in an array, list, Map or Set, equal properties in a plain object, an
     * equal date, decimal, option, user or group, otherwise the same object.
     */
    toEqual(expected: unknown): void;
    /**
     * Expects a function that throws an error with exactly this message, or exactly this text.
     * Without a message, any exception is accepted.
     */
    toThrow(message?: string): void;
    /** Expects text that begins with another. */
    startsWith(text: string): void;
    /** Expects text that ends with another. */
    endsWith(text: string): void;
    /** Expects text that contains another. */
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
  const TimeZone: postern.TimeZoneClass;
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
   * Reports whether other is the same text. Available only in scripts that use equals.
   * @legacy
   */
  equals(other: unknown): boolean;
}

interface Number {
  /**
   * Reports whether other is the same number. Available only in scripts that use equals.
   * @legacy
   */
  equals(other: unknown): boolean;
}
