/** Name of the file in the data folder by which a running service is found: its address, the store's, its process id. */
export const ADDRESS_FILE = 'service.json';
