// petstore.swagger.io, as much of it as the kit asks for.

import { answer, Host } from './host.mjs';

const NAME = 'petstore.swagger.io';

const PETS = [
  { id: 1, name: 'Bella', status: 'available' },
  { id: 2, name: 'Rex', status: 'available' },
  { id: 3, name: 'Mochi', status: 'sold' },
];

const DESCRIPTION = {
  swagger: '2.0',
  info: { title: 'Pets', version: '1.0.0' },
  host: NAME,
  basePath: '/v2',
  schemes: ['https'],
  paths: {
    '/pet/findByStatus': {
      get: {
        operationId: 'findPetsByStatus',
        produces: ['application/json'],
        parameters: [{ name: 'status', in: 'query', required: true, type: 'array', items: { type: 'string' }, collectionFormat: 'multi' }],
        responses: { 200: { description: 'those that there are' } },
      },
    },
    '/pet/{petId}': {
      get: {
        operationId: 'getPetById',
        produces: ['application/json'],
        parameters: [{ name: 'petId', in: 'path', required: true, type: 'integer', format: 'int64' }],
        responses: { 200: { description: 'the pet' }, 404: { description: 'there is none' } },
      },
    },
  },
};

export const openPetstore = () => Host.open(NAME, [
  ['GET', /^\/v2\/swagger\.json$/, (match, request, response) => answer(response, 200, DESCRIPTION)],
  ['GET', /^\/v2\/pet\/findByStatus$/, (match, request, response, url) => {
    const wanted = url.searchParams.getAll('status');
    answer(response, 200, PETS.filter((pet) => wanted.includes(pet.status)));
  }],
  ['GET', /^\/v2\/pet\/(\d+)$/, ([, id], request, response) => {
    const pet = PETS.find((each) => each.id === Number(id));
    pet ? answer(response, 200, pet) : answer(response, 404, { message: 'Pet not found' });
  }],
]);
