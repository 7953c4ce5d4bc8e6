// Loaded with --import: programs of the bench import src/ for its types and run what is shipped, dist/.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    const url = found.url.replace(/\/src\/(.*)\.ts$/, '/dist/$1.js');
    return url === found.url ? found : { ...found, url, format: 'module' };
  },
});
